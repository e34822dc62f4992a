import type { ScheduleAt } from "../core/event.ts";
import type { Millis } from "../core/ids.ts";
import type { WorkflowCalls } from "./workflow-calls.ts";

/** `obelisk:types/time.duration` and `schedule-at` as they come from a guest. */
type Duration = { tag: "milliseconds" | "seconds"; val: bigint } | { tag: "minutes" | "hours" | "days"; val: number };
export type GuestScheduleAt =
  | { tag: "now" }
  | { tag: "at"; val: { seconds: bigint; nanoseconds: number } }
  | { tag: "in"; val: Duration };

export function scheduleAt(run: WorkflowCalls, at: GuestScheduleAt): ScheduleAt {
  switch (at.tag) {
    case "now":
      return { kind: "now" };
    case "at":
      return { kind: "at", seconds: whole(run, at.val.seconds), nanoseconds: at.val.nanoseconds };
    case "in":
      return { kind: "in", unit: at.val.tag, amount: whole(run, at.val.val) };
  }
}

/** The last instant that a JavaScript date can hold, some 270,000 years from now. */
const timeMax = 8_640_000_000_000_000;

function whole(run: WorkflowCalls, amount: bigint | number): number {
  if (amount > timeMax)
    run.trap(`schedule-at: ${amount} lies beyond the end of time, which is ${timeMax} ms after 1970`);
  return Number(amount);
}

/** `obelisk:types/time.datetime` as it goes to a guest. */
export function datetime(at: Millis): { seconds: bigint; nanoseconds: number } {
  return { seconds: BigInt(Math.floor(at / 1000)), nanoseconds: (at % 1000) * 1_000_000 };
}

const unitMs = { milliseconds: 1, seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;

/** When something is due that is asked for at `now`; never later than the end of time. */
export function dueTime(schedule: ScheduleAt, now: Millis): Millis {
  switch (schedule.kind) {
    case "now":
      return now;
    case "at":
      return atMost(schedule.seconds * 1000 + Math.ceil(schedule.nanoseconds / 1_000_000));
    case "in":
      return atMost(now + schedule.amount * unitMs[schedule.unit]);
  }
}

function atMost(time: number): Millis {
  return Math.min(time, timeMax) as Millis;
}
