import { monotonicFactory } from "ulid";
import { HostError } from "./core/host-error.ts";
import type { Millis } from "./core/ids.ts";
import type { Clock } from "./ports/clock.ts";
import type { Entropy } from "./ports/entropy.ts";

/** A wait is made of parts no longer than this: Node's timers don't notice a clock that is set, or a machine that slept. */
const timeoutMsMax = 30_000;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now() as Millis,
  at: (at, fire) => {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const waitMs = at - Date.now();
      timer = setTimeout(waitMs > timeoutMsMax ? arm : fire, Math.min(Math.max(waitMs, 0), timeoutMsMax));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

const ulid = monotonicFactory();

/** The machine's randomness. */
export const systemEntropy: Entropy = {
  fraction: Math.random,
  ulid: (nowMs) => ulid(nowMs),
};

/** Throws HostError where a guest's call can't wait for a promise, which is what a workflow does. */
export function requireSuspension(): void {
  if ("Suspending" in WebAssembly) return;
  throw new HostError("node-too-old", `WebAssembly with JSPI is needed; Node ${process.versions.node} has none`, {
    hint: "npm install --save-dev node@26, then start the program by npx or from an npm script, which take that Node first",
  });
}
