/// <reference path="./obelisk-types-execution.d.ts" />
/// <reference path="./obelisk-types-join-set.d.ts" />
/// <reference path="./obelisk-types-time.d.ts" />
declare module 'obelisk:workflow/workflow-support@6.0.0' {
  export function executionIdCurrent(): ExecutionId;
  /**
   * Uniform in [min, max-exclusive).
   */
  export function randomU64(min: number, maxExclusive: number): number;
  /**
   * Uniform in [min, max-inclusive].
   */
  export function randomU64Inclusive(min: number, maxInclusive: number): number;
  /**
   * Letters and digits; length in [min-length, max-length-exclusive).
   */
  export function randomString(minLength: number, maxLengthExclusive: number): string;
  /**
   * Sleeps durably; returns the time at which the sleep expired, or err when
   * the delay was cancelled.
   */
  export function sleep(scheduleAt: ScheduleAt, name: string | null | undefined): Datetime;
  export function joinSetCreate(): JoinSet;
  /**
   * Letters, digits, `_`, `-` and `/` only.
   */
  export function joinSetCreateNamed(name: string): JoinSet;
  /**
   * Closes the set: pending delays, activities and cancellable workflows are
   * cancelled, other workflows are awaited.
   */
  export function joinSetClose(self: JoinSet): void;
  /**
   * `params` is a JSON array.
   */
  export function submitJson(joinSet: JoinSet, function_: Function, params: string): ExecutionId;
  /**
   * The result of a child that an await has already consumed, as JSON.
   */
  export function getResultJson(executionId: ExecutionId): Result<string | null, string | null>;
  export function getExecutionFailureKind(executionId: ExecutionId): ExecutionFailureKind | null;
  /**
   * Child of the latest direct call (never a delay).
   */
  export function lastDirectCallId(): ExecutionId | null;
  /**
   * Response of the latest one-off operation, sleeps included.
   */
  export function lastOneoffId(): ResponseId | null;
  export function submitDelay(joinSet: JoinSet, timeout: ScheduleAt): DelayId;
  /**
   * Waits for, consumes and returns the next response. A delay that expired
   * gives ok(none), a cancelled one err(none).
   */
  export function joinNext(joinSet: JoinSet): Result<string | null, string | null>;
  /**
   * As join-next, without waiting.
   */
  export function joinNextTry(joinSet: JoinSet): Result<string | null, string | null>;
  export function executionIdGenerate(): ExecutionId;
  /**
   * Starts an independent top-level execution.
   */
  export function scheduleJson(executionId: ExecutionId, scheduleAt: ScheduleAt, function_: Function, params: string): void;
  /**
   * Calls a function and waits for its result.
   */
  export function callJson(function_: Function, params: string): Result<string | null, string | null>;
  /**
   * Writes the result of a stub or external activity execution.
   */
  export function stubJson(executionId: ExecutionId, resultJson: string): void;
  export type ScheduleAt = import('obelisk:types/time@5.0.0').ScheduleAt;
  export type Datetime = import('obelisk:types/time@5.0.0').Datetime;
  export type DelayId = import('obelisk:types/execution@5.0.0').DelayId;
  export type ExecutionId = import('obelisk:types/execution@5.0.0').ExecutionId;
  export type ResponseId = import('obelisk:types/execution@5.0.0').ResponseId;
  export type Function = import('obelisk:types/execution@5.0.0').Function;
  export type ScheduleJsonError = import('obelisk:types/execution@5.0.0').ScheduleJsonError;
  export type ExecutionFailureKind = import('obelisk:types/execution@5.0.0').ExecutionFailureKind;
  export type JoinSet = import('obelisk:types/join-set@5.0.0').JoinSet;
  export type JoinSetCreateError = JoinSetCreateErrorConflict | JoinSetCreateErrorInvalidName;
  export interface JoinSetCreateErrorConflict {
    tag: 'conflict',
  }
  export interface JoinSetCreateErrorInvalidName {
    tag: 'invalid-name',
    val: string,
  }
  export type GetResultJsonError = GetResultJsonErrorExecutionIdParsingError | GetResultJsonErrorNotFoundInProcessedResponses;
  export interface GetResultJsonErrorExecutionIdParsingError {
    tag: 'execution-id-parsing-error',
    val: string,
  }
  export interface GetResultJsonErrorNotFoundInProcessedResponses {
    tag: 'not-found-in-processed-responses',
  }
  export type SubmitJsonError = SubmitJsonErrorFfqnParsingError | SubmitJsonErrorFunctionNotFound | SubmitJsonErrorTypeCheckError;
  export interface SubmitJsonErrorFfqnParsingError {
    tag: 'ffqn-parsing-error',
    val: string,
  }
  export interface SubmitJsonErrorFunctionNotFound {
    tag: 'function-not-found',
  }
  export interface SubmitJsonErrorTypeCheckError {
    tag: 'type-check-error',
    val: string,
  }
  export type JoinNextError = JoinNextErrorAllProcessed;
  export interface JoinNextErrorAllProcessed {
    tag: 'all-processed',
  }
  export type JoinNextTryError = JoinNextTryErrorAllProcessed | JoinNextTryErrorPending;
  export interface JoinNextTryErrorAllProcessed {
    tag: 'all-processed',
  }
  export interface JoinNextTryErrorPending {
    tag: 'pending',
  }
  export type StubJsonError = StubJsonErrorExecutionIdParsingError | StubJsonErrorExecutionNotFound | StubJsonErrorTypeCheckError | StubJsonErrorConflict;
  export interface StubJsonErrorExecutionIdParsingError {
    tag: 'execution-id-parsing-error',
    val: string,
  }
  export interface StubJsonErrorExecutionNotFound {
    tag: 'execution-not-found',
  }
  export interface StubJsonErrorTypeCheckError {
    tag: 'type-check-error',
    val: string,
  }
  export interface StubJsonErrorConflict {
    tag: 'conflict',
  }
  export type Result<T, E> = { tag: 'ok', val: T } | { tag: 'err', val: E };
}
