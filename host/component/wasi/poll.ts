import { GuestTrap } from "../../ports/components.ts";
import type { Condition, Waiting } from "./waiting.ts";

/** `wasi:io/poll.pollable` */
export class Pollable {
  readonly condition: Condition;
  readonly #waiting: Waiting;

  constructor(condition: Condition, waiting: Waiting) {
    this.condition = condition;
    this.#waiting = waiting;
  }

  ready(): boolean | Promise<boolean> {
    return this.#waiting.pace(this.condition.ready());
  }

  block(): void | Promise<void> {
    if (this.condition.ready()) return this.#waiting.pace(undefined);
    return untilReady(this.#waiting, this.condition);
  }
}

/** Waits until the condition holds, which a wake-up alone does not promise. */
export async function untilReady(waiting: Waiting, condition: Condition): Promise<void> {
  do await waiting.wait([condition]);
  while (!condition.ready());
}

/** `wasi:io/poll.poll`: the indexes of those that are ready, at least one. */
export function poll(waiting: Waiting, pollables: readonly Pollable[]): Uint32Array | Promise<Uint32Array> {
  if (pollables.length === 0) throw new GuestTrap("wasi:io/poll.poll was called with an empty list");
  const ready = readyIndexes(pollables);
  return ready.length > 0 ? waiting.pace(ready) : pollLater(waiting, pollables);
}

async function pollLater(waiting: Waiting, pollables: readonly Pollable[]): Promise<Uint32Array> {
  const conditions = pollables.map(({ condition }) => condition);
  for (;;) {
    await waiting.wait(conditions);
    const ready = readyIndexes(pollables);
    if (ready.length > 0) return ready;
  }
}

function readyIndexes(pollables: readonly Pollable[]): Uint32Array {
  return Uint32Array.from(pollables.flatMap(({ condition }, index) => (condition.ready() ? [index] : [])));
}
