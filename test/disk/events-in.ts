import { eventDigest } from "../crash/event-digest.ts";
import { historiesIn } from "../support/rig.ts";

/** All events of a journal, in the words of `commit`. Throws when anything is wrong with the file. */
export function eventsIn(dir: string): string[] {
  return [...historiesIn(dir)].flatMap(([id, history]) =>
    history.map((event) => `${id} ${event.version} ${eventDigest(event)}`),
  );
}
