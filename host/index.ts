/** The library's public face. */
export {
  type BuildOptions,
  type BuildResult,
  buildComponent,
  buildStub,
  type StubOptions,
  type StubResult,
} from "./build.ts";
export type { AttemptFailure, Difference, Event, FailureKind, Outcome } from "./core/event.ts";
export type { ExecutionRow, ExecutionStatus } from "./core/execution.ts";
export { HostError, type HostErrorCode } from "./core/host-error.ts";
export type { DelayId, Digest, ExecutionId, ExecutionKey, FunctionName, Millis } from "./core/ids.ts";
export type { Json } from "./core/json.ts";
export type { Wait } from "./engine/admission.ts";
export type { Claim } from "./engine/external-executor.ts";
export type { ShardLimits } from "./engine/limits.ts";
export type { ReplayReport } from "./engine/replay-history.ts";
export { checkJournal, cutsOf, replayExecution } from "./inspect.ts";
export { openReader } from "./journal/reader.ts";
export { Host, type HostOptions, openHost } from "./main.ts";
export type { Cut, ExecutionQuery, JournalProblem, JournalReader, LogLevel, LogLine } from "./ports/journal.ts";
export { type DeploymentWit, deploymentWit, supportWit, type WitFile } from "./wit.ts";
