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
  | {
      readonly failure: FailureKind;
      readonly reason: string;
      /** The limit of the host's that was met: under another one the same code may go on. */
      readonly limit?: "payload-bytes-max" | "polls-max";
    };

/** A workflow's `schedule-at` as it was given: the intent, not the time that follows from it. */
export type ScheduleAt =
  | { readonly kind: "now" }
  | { readonly kind: "at"; readonly seconds: number; readonly nanoseconds: number }
  | {
      readonly kind: "in";
      readonly unit: "milliseconds" | "seconds" | "minutes" | "hours" | "days";
      readonly amount: number;
    };

export type DrawSource = "random-u64" | "random-u64-inclusive" | "random-string" | "execution-id";

/** What a workflow may use from its start, or from where it began anew. A guest can find out what it is, so it is part of
 *  its history. */
export interface RunLimits {
  /** Of all its memories together. */
  readonly memoryBytesMax: number;
  /** Function entries, loop turns, 256 instructions in between, what bulk instructions move. */
  readonly fuel: number;
}

/** Never to be changed: histories that name no limits have these. */
export const usualRunLimits: RunLimits = { memoryBytesMax: 256 * 1024 * 1024, fuel: 1_000_000_000 };

/** Limits as an event has them. */
export function recordedLimits({ memoryBytesMax, fuel }: RunLimits): { readonly limits?: RunLimits } {
  const usual = memoryBytesMax === usualRunLimits.memoryBytesMax && fuel === usualRunLimits.fuel;
  return usual ? {} : { limits: { memoryBytesMax, fuel } };
}

/** Which sides of a child's result have a payload: what JSON of it the workflow gets must not change with the deployment. */
export interface ResultShape {
  readonly ok: boolean;
  readonly err: boolean;
}

/** What became of a result that was written for a stub or external activity. */
export type StubAnswer = "ok" | "execution-not-found" | "conflict" | { readonly typeCheckError: string };

/** A past fact of one execution. What a workflow asked for is compared on replay; what came
 *  of it (a child's key, a due time, a drawn value, an outcome) is only remembered. */
export type EventBody =
  | {
      readonly kind: "created";
      readonly function: FunctionName;
      readonly params: readonly Json[];
      readonly component: Digest;
      /** Not to be run before; absent when it may run at once. */
      readonly startAt?: Millis;
      /** Of a workflow. Absent for `usualRunLimits`. */
      readonly limits?: RunLimits;
    }
  | {
      readonly kind: "child-submitted";
      readonly joinSet: JoinSetId;
      readonly function: FunctionName;
      readonly params: readonly Json[];
      readonly child: ExecutionId;
      readonly childKey: ExecutionKey;
      /** Absent for a direct call, whose type is the component's own. */
      readonly returns?: ResultShape;
      /** Digest of the parameters as the workflow wrote them, where it wrote JSON. */
      readonly given?: Digest;
    }
  /** The host declined a submission, so there is no child; `outcome` is the response. */
  | {
      readonly kind: "child-refused";
      readonly joinSet: JoinSetId;
      /** The index that the child would have had. */
      readonly index: number;
      readonly function: FunctionName;
      readonly paramsDigest: Digest;
      readonly outcome: Outcome;
    }
  /** The host declined what was asked in JSON; the workflow got `error`, and nothing was submitted. */
  | {
      readonly kind: "request-refused";
      readonly request: JsonRequest;
      readonly function: FunctionName;
      readonly paramsDigest: Digest;
      readonly error: RefusalError;
    }
  /** A top-level execution that is nobody's child. */
  | {
      readonly kind: "execution-scheduled";
      readonly function: FunctionName;
      readonly params: readonly Json[];
      readonly scheduleAt: ScheduleAt;
      readonly execution: ExecutionId;
      /** The host made the id; otherwise the workflow gave it. */
      readonly generated: boolean;
      readonly startAt: Millis;
      /** As for a child. */
      readonly given?: Digest;
    }
  | {
      readonly kind: "stub-written";
      readonly execution: ExecutionId;
      readonly resultDigest: Digest;
      readonly answer: StubAnswer;
    }
  | {
      readonly kind: "delay-submitted";
      readonly joinSet: JoinSetId;
      readonly scheduleAt: ScheduleAt;
      readonly delay: DelayId;
      readonly dueAt: Millis;
    }
  | { readonly kind: "value-drawn"; readonly source: DrawSource; readonly range: readonly Json[]; readonly value: Json }
  /** Waits for the next response of the join set: the n-th await gets its n-th response. */
  | { readonly kind: "next-awaited"; readonly joinSet: JoinSetId }
  /** Looked for the next response without waiting, so many times with the same answer; found once at most. */
  | {
      readonly kind: "next-tried";
      readonly joinSet: JoinSetId;
      readonly found: boolean;
      readonly times: number;
    }
  /** What was outstanding in the join set is settled; `waits` unless the set was merely dropped. */
  | { readonly kind: "join-set-closed"; readonly joinSet: JoinSetId; readonly waits: boolean }
  /** Asks for the next signal of a channel; it counts among the join set's children. */
  | {
      readonly kind: "signal-requested";
      readonly joinSet: JoinSetId;
      readonly index: number;
      readonly channel: string;
    }
  | { readonly kind: "state-published"; readonly state: Json }
  /** Responses: they settle what was submitted to a join set, in the order in which they stand. */
  | {
      readonly kind: "child-finished";
      readonly joinSet: JoinSetId;
      /** Which of the join set's requests it was, from 1. */
      readonly index: number;
      readonly outcome: Outcome;
    }
  | {
      readonly kind: "delay-expired" | "delay-cancelled";
      readonly joinSet: JoinSetId;
      readonly delay: DelayId;
    }
  | {
      readonly kind: "signal-delivered";
      readonly joinSet: JoinSetId;
      readonly index: number;
      readonly channel: string;
      readonly value: Json;
      /** It had come before it was asked for. */
      readonly buffered: boolean;
    }
  | { readonly kind: "signal-cancelled"; readonly joinSet: JoinSetId; readonly index: number }
  /** A signal that nobody has asked for yet. */
  | { readonly kind: "signal-buffered"; readonly channel: string; readonly value: Json }
  /** An activity's attempts, counted from 1. */
  | {
      readonly kind: "attempt-started";
      readonly attempt: number;
      /** Of an external activity: how long its worker may be silent. */
      readonly leaseMs?: number;
    }
  | {
      readonly kind: "attempt-failed";
      readonly attempt: number;
      readonly reason: AttemptFailure;
      readonly retryAt: Millis;
    }
  /** Its code runs no more; it finishes with `outcome` when its last child and delay are settled. */
  | { readonly kind: "ended"; readonly outcome: Outcome }
  /** Its code runs no more; it begins anew when its last child and delay are settled. */
  | ({ readonly kind: "continuing" } & Continuation)
  /** Begins it anew: what came before matters no more to its code. */
  | ({
      readonly kind: "continued";
      readonly function: FunctionName;
      readonly component: Digest;
      /** Signals that nobody has asked for. */
      readonly signals: readonly Signal[];
      /** As in `created`. */
      readonly limits?: RunLimits;
    } & Continuation)
  | { readonly kind: "paused" | "unpaused" }
  /** Its history has replayed against this component too, to which it belongs from now on. */
  | { readonly kind: "component-changed"; readonly component: Digest }
  /** Its history does not replay against this component: it stays with its own. */
  | { readonly kind: "component-refused"; readonly component: Digest; readonly difference: Difference }
  | { readonly kind: "finished"; readonly outcome: Outcome };

/** The first place where a workflow did something else than its history says. */
export interface Difference {
  readonly version: number;
  readonly recorded: string;
  readonly attempted: string;
}

export type JsonRequest = "submit-json" | "call-json" | "schedule-json";

/** Why the host declined, as in `submit-json-error`. */
export type RefusalError = "function-not-found" | { readonly typeCheckError: string };

/** What a workflow that begins anew starts with. */
export interface Continuation {
  readonly params: readonly Json[];
  readonly counts: Counts;
}

/** How far an execution's ids have been given out, so that none is given twice. */
export interface Counts {
  readonly oneOffs: number;
  readonly generated: number;
  readonly draws: number;
  readonly logLines: number;
  /** Of each named join set: its children and delays. */
  readonly named: { readonly [name: string]: readonly [children: number, delays: number] };
}

export interface Signal {
  readonly channel: string;
  readonly value: Json;
}

/** Why one attempt did not count as the activity's result. */
export interface AttemptFailure {
  readonly kind:
    | "err"
    | "trap"
    | "timed-out"
    | "out-of-fuel"
    | "host-lost"
    | "too-large"
    /** Of an external activity: its worker said so. Of a local program: it came to a bad end, or gave no answer. */
    | "failed"
    /** The worker of an external activity was not heard of. */
    | "lease-lost";
  readonly message: string;
  /** The err value, when the activity returned one. */
  readonly value?: Json;
}

/** An event in its place: versions of one execution count from 0 without a gap; `at` never goes backwards within it. */
export type Event = EventBody & { readonly version: number; readonly at: Millis };
