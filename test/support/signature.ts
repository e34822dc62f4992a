import type { Event } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import type { Change } from "../../host/ports/journal.ts";
import { historiesIn, type Rig, recordUnits, writeUnits } from "./rig.ts";
import { SimulatedClock } from "./simulated-clock.ts";

export const anId = "E_01K42AJA8QHD7D3GTJAYMASFY0" as ExecutionId;

/** Runs a workflow to its end, then again from every place at which the journal can be cut, and returns
 *  the histories of the whole run and of each cut-off one. They must be the same. */
export async function cutEverywhere(
  rig: Rig,
  name: string,
  params: readonly unknown[],
): Promise<{ whole: object; cuts: { units: number; histories: object }[] }> {
  const units: (readonly Change[])[] = [];
  const data = rig.folder();
  const open = rig.open(data, { tap: (journal) => recordUnits(journal, units) });
  await open.run(anId, name, params);
  open.close();
  const whole = comparable(historiesIn(data));

  const cuts: { units: number; histories: object }[] = [];
  for (let count = 1; count <= units.length; count++) {
    const cut = rig.folder();
    const now = await writeUnits(cut, units.slice(0, count), rig.stored);
    const again = rig.open(cut, { clock: new SimulatedClock(now) });
    await again.shard.resume();
    await again.finish();
    again.close();
    cuts.push({ units: count, histories: comparable(historiesIn(cut)) });
  }
  return { whole, cuts };
}

/** A crash may cost an attempt and gives later children other keys: neither is the workflow's doing. */
function comparable(histories: ReadonlyMap<ExecutionId, readonly Event[]>): object {
  const all = [...histories].map(([id, history]) => {
    const events = history
      .filter(({ kind }) => kind !== "attempt-started" && kind !== "attempt-failed")
      .map((event) => ({ ...event, childKey: undefined, version: undefined }));
    return [id, events] as const;
  });
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
