import type { DelayId, Digest, ExecutionId, ExecutionKey, FunctionName, JoinSetId, Millis } from "./ids.ts";
import type { Json } from "./json.ts";

export const failureKinds = [
  "timed-out",
  "nondeterminism-detected",
  "out-of-fuel",
  "cancelled",
  "uncategorized",
] as const;

/** Why the platform, not the function itself, failed an execution. */
export type FailureKind = (typeof failureKinds)[number];

/** How an execution ended. A missing payload is null. */
export type Outcome =
  | { readonly ok: Json }
  | { readonly err: Json }
  | { readonly failure: FailureKind; readonly reason: string };

/** A workflow's `schedule-at` as it was given: the intent, not the time that follows from it. */
export type ScheduleAt =
  | { readonly kind: "now" }
  | { readonly kind: "at"; readonly seconds: number; readonly nanoseconds: number }
  | {
      readonly kind: "in";
      readonly unit: "milliseconds" | "seconds" | "minutes" | "hours" | "days";
      readonly amount: number;
    };

export type DrawSource = "random-u64" | "random-u64-inclusive" | "random-string";

/** A past fact of one execution. What a workflow asked for is compared on replay; what came
 *  of it (a child's key, a due time, a drawn value, an outcome) is only remembered. */
export type EventBody =
  | {
      readonly kind: "created";
      readonly function: FunctionName;
      readonly params: readonly Json[];
      readonly component: Digest;
    }
  | {
      readonly kind: "child-submitted";
      readonly joinSet: JoinSetId;
      readonly function: FunctionName;
      readonly params: readonly Json[];
      readonly child: ExecutionId;
      readonly childKey: ExecutionKey;
    }
  /** The host declined a submission, so there is no child; the workflow got `outcome`. */
  | {
      readonly kind: "child-refused";
      readonly joinSet: JoinSetId;
      readonly function: FunctionName;
      readonly paramsDigest: Digest;
      readonly outcome: Outcome;
    }
  | {
      readonly kind: "delay-submitted";
      readonly joinSet: JoinSetId;
      readonly scheduleAt: ScheduleAt;
      readonly delay: DelayId;
      readonly dueAt: Millis;
    }
  | { readonly kind: "value-drawn"; readonly source: DrawSource; readonly range: readonly Json[]; readonly value: Json }
  /** Responses: they settle what was submitted to a join set, in the order in which they stand. */
  | {
      readonly kind: "child-finished";
      readonly joinSet: JoinSetId;
      /** Which of the join set's requests it was, from 1. */
      readonly index: number;
      readonly outcome: Outcome;
    }
  | { readonly kind: "delay-expired"; readonly joinSet: JoinSetId; readonly delay: DelayId }
  /** An activity's attempts, counted from 1. */
  | { readonly kind: "attempt-started"; readonly attempt: number }
  | {
      readonly kind: "attempt-failed";
      readonly attempt: number;
      readonly reason: AttemptFailure;
      readonly retryAt: Millis;
    }
  | { readonly kind: "finished"; readonly outcome: Outcome };

/** Why one attempt did not count as the activity's result. */
export interface AttemptFailure {
  readonly kind: "err" | "trap" | "timed-out" | "out-of-fuel" | "host-lost" | "too-large";
  readonly message: string;
  /** The err value, when the activity returned one. */
  readonly value?: Json;
}

/** An event in its place: versions of one execution count from 0 without a gap; `at` never goes backwards within it. */
export type Event = EventBody & { readonly version: number; readonly at: Millis };
