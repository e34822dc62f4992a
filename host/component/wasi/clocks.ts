import type { HostInterface } from "../../ports/components.ts";
import { Pollable } from "./poll.ts";
import { always, type Condition, type Waiting } from "./waiting.ts";

/** A guest's time, in nanoseconds. */
export interface GuestClock {
  /** From any fixed point on. */
  monotonic(): bigint;
  /** UTC, since the Unix epoch. */
  wall(): bigint;
  readonly resolution: bigint;
  /** Becomes ready once `monotonic()` has reached `instant`, which lies ahead. */
  reached(instant: bigint): Condition;
}

const second = 1_000_000_000n;

/** Both clocks, and a time zone that is UTC wherever the host stands. */
export function clockInterfaces(clock: GuestClock, waiting: Waiting) {
  const subscribe = (instant: bigint) =>
    new Pollable(instant <= clock.monotonic() ? always : clock.reached(instant), waiting);
  return {
    "wasi:clocks/monotonic-clock": {
      now: () => clock.monotonic(),
      resolution: () => clock.resolution,
      subscribeInstant: subscribe,
      subscribeDuration: (duration: bigint) => subscribe(clock.monotonic() + duration),
    },
    "wasi:clocks/wall-clock": {
      now: () => dateTime(clock.wall()),
      resolution: () => dateTime(clock.resolution),
    },
    "wasi:clocks/timezone": {
      display: () => ({ utcOffset: 0, name: "UTC", inDaylightSavingTime: false }),
      utcOffset: () => 0,
    },
  } satisfies Readonly<Record<string, HostInterface>>;
}

function dateTime(nanoseconds: bigint): { seconds: bigint; nanoseconds: number } {
  return { seconds: nanoseconds / second, nanoseconds: Number(nanoseconds % second) };
}
