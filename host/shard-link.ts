import type { Deployment } from "./core/deployment.ts";
import type { Difference, Outcome, StubAnswer } from "./core/event.ts";
import { HostError, type HostErrorCode } from "./core/host-error.ts";
import type { DelayId, Digest, ExecutionId, FunctionName, Millis } from "./core/ids.ts";
import type { Json } from "./core/json.ts";
import type { Operator } from "./deployment/operator.ts";
import type { ProgramFile } from "./deployment/read.ts";
import type { Environment } from "./deployment/template.ts";
import type { Wait } from "./engine/admission.ts";
import type { Claim, WorkerAnswer } from "./engine/external-executor.ts";
import type { ShardLimits } from "./engine/limits.ts";
import type { ChangeEnd, SignalEnd } from "./engine/shard.ts";
import type { Submission, SubmitEnd } from "./engine/submission.ts";
import type { StoredComponent } from "./ports/journal.ts";

/** What the main thread asks of a shard's thread: arguments and answers cross as structured clones. */
export interface ShardCalls {
  /** Opens the journal and takes up what is unfinished, with the deployment or else the one that is active.
   *  Answers with the functions that can be called. */
  open(activation: Activation | undefined): Promise<readonly FunctionName[]>;
  /** As `open`, answers with the functions that can be called. */
  activate(activation: Activation): Promise<readonly FunctionName[]>;
  submit(submission: Submission): Promise<SubmitEnd>;
  result(id: ExecutionId): Promise<Outcome | undefined>;
  cancel(id: ExecutionId, reason: string): Promise<ChangeEnd>;
  cancelDelay(id: DelayId): Promise<ChangeEnd>;
  pause(id: ExecutionId): Promise<ChangeEnd>;
  unpause(id: ExecutionId): Promise<ChangeEnd>;
  signal(id: ExecutionId, channel: string, value: Json): Promise<SignalEnd>;
  state(id: ExecutionId): Promise<Json | undefined>;
  upgrade(id: ExecutionId, component: Digest): Promise<ChangeEnd | Difference>;
  writeStub(id: ExecutionId, result: unknown): Promise<StubAnswer>;
  claimExternal(functions: readonly FunctionName[] | undefined, max: number, leaseMs: number): Promise<Claim[]>;
  heartbeat(id: ExecutionId, attempt: number, leaseMs: number): Promise<Millis | "lost">;
  completeExternal(id: ExecutionId, attempt: number, result: unknown): Promise<WorkerAnswer>;
  failExternal(id: ExecutionId, attempt: number, message: string): Promise<WorkerAnswer>;
  waitOf(id: ExecutionId): Promise<Wait | undefined>;
  unfinished(): Promise<number>;
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface Activation {
  readonly deployment: Deployment;
  readonly digest: Digest;
  /** The deployment's normalized form, as it is stored. */
  readonly json: string;
  readonly components: readonly StoredComponent[];
  readonly programs: readonly ProgramFile[];
}

/** How a shard's thread is set up. */
export interface ShardSetup {
  readonly data: string;
  readonly cacheDir: string;
  readonly activityThreads: number;
  readonly allowNetworkFileSystem: boolean;
  readonly limits: Partial<ShardLimits>;
  readonly operator: Operator;
  /** Variables of the host, for components to which they are granted: the thread itself has none. */
  readonly environment: Environment;
  readonly dormant: boolean;
}

export type ShardRequest = {
  [Method in keyof ShardCalls]: {
    readonly call: number;
    readonly method: Method;
    readonly args: Parameters<ShardCalls[Method]>;
  };
}[keyof ShardCalls];

export type ShardReply =
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly error: WireError }
  /** The shard has given up for good. */
  | { readonly gaveUp: WireError };

/** An Error as it crosses between threads. */
export interface WireError {
  readonly code: HostErrorCode | undefined;
  readonly message: string;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

export function toWire(error: unknown): WireError {
  if (error instanceof HostError)
    return { code: error.code, message: error.message, hint: error.hint, stack: error.stack };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: undefined, message, hint: undefined, stack };
}

export function fromWire(wire: WireError): Error {
  const error =
    wire.code === undefined
      ? new Error(wire.message)
      : new HostError(wire.code, wire.message, wire.hint === undefined ? {} : { hint: wire.hint });
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}
