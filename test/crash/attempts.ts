import type { Event } from "../../host/core/event.ts";

/** One attempt, as its history tells it. */
interface Attempt {
  readonly number: number;
  readonly startedAt: number;
  /** When the history heard that it was over. */
  overAt: number;
  /** The count that it brought back from the service; undefined when it came to no answer. */
  counted?: number;
  /** Its host went away under it. */
  lost: boolean;
}

export interface Explained {
  readonly attempts: number;
  readonly effects: number;
  /** Attempts that were lost with their host before they had an effect. */
  readonly without: number;
}

/** Finds for each effect, by the time when the service saw it, the one attempt that had it, and for each attempt without an effect the
 *  crash that it was lost in. Throws when anything is left over. */
export function explain(what: string, history: readonly Event[], effectsAt: readonly number[]): Explained {
  const attempts = attemptsOf(history);
  const unexplained = new Map(effectsAt.map((at, index) => [index + 1, at]));
  let without = 0;
  for (const attempt of attempts) {
    const { number, startedAt, overAt, counted, lost } = attempt;
    const story = `attempt ${number} of ${what}, from ${startedAt} to ${overAt} (effects at ${effectsAt.join(", ")})`;
    const its = [...unexplained].filter(([, at]) => at >= startedAt && at <= overAt);
    if (its.length > 1) throw new Error(`${story} had ${its.length} effects`);
    const [effect] = its[0] ?? [];
    if (counted !== undefined && counted !== effect) throw new Error(`${story} says that it had effect ${counted}`);
    if (effect === undefined && !lost) throw new Error(`${story} had no effect, and was not lost`);
    if (effect === undefined) without++;
    else unexplained.delete(effect);
  }
  if (unexplained.size > 0)
    throw new Error(`${what}: no attempt has the effects ${[...unexplained.keys()].join(", ")} of ${effectsAt.length}`);
  return { attempts: attempts.length, effects: effectsAt.length, without };
}

function attemptsOf(history: readonly Event[]): readonly Attempt[] {
  const attempts: Attempt[] = [];
  for (const event of history) {
    const last = attempts.at(-1);
    if (event.kind === "attempt-started") {
      attempts.push({ number: event.attempt, startedAt: event.at, overAt: Number.POSITIVE_INFINITY, lost: false });
    } else if (last !== undefined && event.kind === "attempt-failed") {
      last.overAt = event.at;
      last.lost = event.reason.kind === "host-lost";
      Object.assign(last, countedIn(event.reason.value));
    } else if (last !== undefined && event.kind === "finished") {
      last.overAt = event.at;
      Object.assign(last, "ok" in event.outcome ? countedIn(event.outcome.ok) : {});
    }
  }
  return attempts;
}

/** `count` returns it; `fail-times` says it in its err. */
function countedIn(answer: unknown): { readonly counted?: number } {
  const told = typeof answer === "string" ? /^failed (\d+) of/.exec(answer)?.[1] : answer;
  return told === undefined || told === null ? {} : { counted: Number(told) };
}
