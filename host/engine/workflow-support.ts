import type { ScheduleAt } from "../core/event.ts";
import type { ExecutionId, Millis } from "../core/ids.ts";
import { RandomGenerator } from "../core/random.ts";
import type { HostInterface } from "../ports/components.ts";
import type { WorkflowCalls } from "./workflow-calls.ts";

/** `obelisk:types/time.duration` and `schedule-at` as they come from a guest. */
type Duration = { tag: "milliseconds" | "seconds"; val: bigint } | { tag: "minutes" | "hours" | "days"; val: number };
type GuestScheduleAt =
  | { tag: "now" }
  | { tag: "at"; val: { seconds: bigint; nanoseconds: number } }
  | { tag: "in"; val: Duration };

/** `obelisk:workflow/workflow-support@6.0.0` for one run. */
export function workflowSupport(run: WorkflowCalls): HostInterface {
  const offered: Record<string, unknown> = {
    executionIdCurrent: () => ({ id: run.id }),
    randomU64: (min: bigint, maxExclusive: bigint) => drawInteger(run, "random-u64", min, maxExclusive),
    randomU64Inclusive: (min: bigint, max: bigint) => drawInteger(run, "random-u64-inclusive", min, max),
    randomString: (minLength: number, maxLengthExclusive: number) => drawString(run, minLength, maxLengthExclusive),
    sleep: (at: GuestScheduleAt, name: string | undefined) => sleep(run, at, name),
  };
  for (const [property, name] of notYet) {
    offered[property] = () => run.trap(`workflow-support.${name} is not supported yet by this version of Stele`);
  }
  return offered;
}

/** The rest of the interface: there, so that components which import it load, and clear when called. */
const notYet: readonly (readonly [property: string, name: string])[] = [
  ["joinSetCreate", "join-set-create"],
  ["joinSetCreateNamed", "join-set-create-named"],
  ["joinSetClose", "join-set-close"],
  ["submitJson", "submit-json"],
  ["getResultJson", "get-result-json"],
  ["getExecutionFailureKind", "get-execution-failure-kind"],
  ["lastDirectCallId", "last-direct-call-id"],
  ["lastOneoffId", "last-oneoff-id"],
  ["submitDelay", "submit-delay"],
  ["joinNext", "join-next"],
  ["joinNextTry", "join-next-try"],
  ["executionIdGenerate", "execution-id-generate"],
  ["scheduleJson", "schedule-json"],
  ["callJson", "call-json"],
  ["stubJson", "stub-json"],
];

function drawInteger(
  run: WorkflowCalls,
  source: "random-u64" | "random-u64-inclusive",
  min: bigint,
  max: bigint,
): bigint {
  const empty = source === "random-u64" ? min >= max : min > max;
  if (empty) run.trap(`${source}(${min}, ${max}): the range is empty`);
  const span = max - min + (source === "random-u64" ? 0n : 1n);
  const drawn = run.draw(source, [String(min), String(max)], (n) => String(min + drawGenerator(run.id, n).below(span)));
  return BigInt(drawn as string);
}

function drawString(run: WorkflowCalls, minLength: number, maxLengthExclusive: number): string {
  if (minLength >= maxLengthExclusive) {
    run.trap(`random-string(${minLength}, ${maxLengthExclusive}): the range of lengths is empty`);
  }
  const range = [minLength, maxLengthExclusive];
  return run.draw("random-string", range, (n) => {
    const generator = drawGenerator(run.id, n);
    return generator.text(minLength + Number(generator.below(BigInt(maxLengthExclusive - minLength))));
  }) as string;
}

/** A generator of its own for each draw: what is drawn depends on the execution and the draw's place alone. */
function drawGenerator(id: ExecutionId, n: number): RandomGenerator {
  return new RandomGenerator(`${id} draw ${n}`);
}

function sleep(run: WorkflowCalls, at: GuestScheduleAt, name: string | undefined): unknown {
  if (name !== undefined && !/^[A-Za-z0-9_/-]*$/.test(name)) {
    run.trap(`sleep: the name ${JSON.stringify(name)} may hold letters, digits, "_", "-" and "/" only`);
  }
  const dueAt = run.sleep(scheduleAt(run, at), name);
  return dueAt instanceof Promise ? dueAt.then(datetime) : datetime(dueAt);
}

function scheduleAt(run: WorkflowCalls, at: GuestScheduleAt): ScheduleAt {
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

function datetime(at: Millis): { seconds: bigint; nanoseconds: number } {
  return { seconds: BigInt(Math.floor(at / 1000)), nanoseconds: (at % 1000) * 1_000_000 };
}

const unitMs = { milliseconds: 1, seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;

/** When a delay is due that is submitted at `now`; never later than the end of time. */
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
