import type { Event } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import type { Change, LogLine } from "../../host/ports/journal.ts";
import { historiesIn, logsIn, type OpenRig, type Rig, type RigLimits, recordUnits, writeUnits } from "./rig.ts";
import { SimulatedClock } from "./simulated-clock.ts";

export const anId = "E_01K42AJA8QHD7D3GTJAYMASFY0" as ExecutionId;

/** What one run left behind, as far as a crash may not change it. */
export type Left = { readonly [id: ExecutionId]: { readonly events: object[]; readonly logs: readonly LogLine[] } };

export interface CutOptions {
  readonly limits?: RigLimits;
  /** Called before each run; puts back what the outside world remembers of the run before. */
  readonly reset?: () => void;
  /** What a client does, again after each crash. */
  readonly outside?: (open: OpenRig) => Promise<unknown>;
  /** Times are left out: where several things wait at once, which of them simulated time waits for is chance. */
  readonly timeless?: boolean;
}

/** Runs a workflow to its end, then again from every place at which the journal can be cut, and returns
 *  the histories and logs of the whole run and of each cut-off one. They must be the same. */
export async function cutEverywhere(
  rig: Rig,
  name: string,
  params: readonly unknown[],
  options: CutOptions = {},
): Promise<{ whole: Left; cuts: { units: number; left: Left }[] }> {
  const { limits = {}, reset = () => undefined, outside, timeless = false } = options;
  const units: (readonly Change[])[] = [];
  const data = rig.folder();
  reset();
  const open = rig.open(data, { limits, tap: (journal) => recordUnits(journal, units) });
  await open.run(anId, name, params, outside);
  open.close();
  const whole = leftIn(data, timeless);

  const cuts: { units: number; left: Left }[] = [];
  for (let count = 1; count <= units.length; count++) {
    const cut = rig.folder();
    const now = await writeUnits(cut, units.slice(0, count), rig.stored);
    reset();
    const again = rig.open(cut, { limits, clock: new SimulatedClock(now) });
    await again.shard.resume();
    await outside?.(again);
    await again.finish();
    again.close();
    cuts.push({ units: count, left: leftIn(cut, timeless) });
    rig.remove(cut);
  }
  return { whole, cuts };
}

/** A crash may cost an attempt, with its logs, and gives later children other keys: neither is the workflow's doing. */
function leftIn(data: string, timeless: boolean): Left {
  const logs = logsIn(data);
  const all = [...historiesIn(data)].map(([id, history]) => {
    const events = history
      .filter(({ kind }) => kind !== "attempt-started" && kind !== "attempt-failed")
      .map((event: Event) => ({
        ...event,
        childKey: undefined,
        version: undefined,
        ...(timeless && { at: undefined }),
      }));
    return [id, { events, logs: logs.get(id)?.filter(({ attempt }) => attempt === 0) ?? [] }] as const;
  });
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
