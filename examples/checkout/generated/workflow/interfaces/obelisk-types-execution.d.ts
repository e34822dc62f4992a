declare module 'obelisk:types/execution@5.0.0' {
  export interface ExecutionId {
    id: string,
  }
  export interface DelayId {
    id: string,
  }
  /**
   * A function of some interface. `interface-name` is `ns:pkg/ifc` with an
   * optional `@version`; `function-name` holds no dot.
   */
  export interface Function {
    interfaceName: string,
    functionName: string,
  }
  export type ResponseId = ResponseIdExecutionId | ResponseIdDelayId;
  export interface ResponseIdExecutionId {
    tag: 'execution-id',
    val: ExecutionId,
  }
  export interface ResponseIdDelayId {
    tag: 'delay-id',
    val: DelayId,
  }
  /**
   * The next response of the join set came from another function, or from a
   * delay (then `actual-function` is none).
   */
  export interface FunctionMismatch {
    specifiedFunction: Function,
    actualFunction?: Function | null,
    actualId: ResponseId,
  }
  /**
   * Why the platform, not the function itself, failed an execution.
   * # Variants
   * 
   * ## `"timed-out"`
   * 
   * ## `"nondeterminism-detected"`
   * 
   * ## `"out-of-fuel"`
   * 
   * ## `"cancelled"`
   * 
   * ## `"uncategorized"`
   */
  export type ExecutionFailureKind = 'timed-out' | 'nondeterminism-detected' | 'out-of-fuel' | 'cancelled' | 'uncategorized';
  export type AwaitNextExtensionError = AwaitNextExtensionErrorAllProcessed | AwaitNextExtensionErrorFunctionMismatch;
  /**
   * Every submitted request has been answered and consumed.
   */
  export interface AwaitNextExtensionErrorAllProcessed {
    tag: 'all-processed',
  }
  export interface AwaitNextExtensionErrorFunctionMismatch {
    tag: 'function-mismatch',
    val: FunctionMismatch,
  }
  export type GetExtensionError = GetExtensionErrorFunctionMismatch | GetExtensionErrorNotFoundInProcessedResponses;
  export interface GetExtensionErrorFunctionMismatch {
    tag: 'function-mismatch',
    val: FunctionMismatch,
  }
  /**
   * The execution has not been consumed by an await on its join set.
   */
  export interface GetExtensionErrorNotFoundInProcessedResponses {
    tag: 'not-found-in-processed-responses',
  }
  export type StubError = StubErrorExecutionNotFound | StubErrorTypeCheckError | StubErrorConflict;
  export interface StubErrorExecutionNotFound {
    tag: 'execution-not-found',
  }
  /**
   * The value does not fit the function's return type.
   */
  export interface StubErrorTypeCheckError {
    tag: 'type-check-error',
    val: string,
  }
  /**
   * Another value has already been written.
   */
  export interface StubErrorConflict {
    tag: 'conflict',
  }
  export type ScheduleJsonError = ScheduleJsonErrorFfqnParsingError | ScheduleJsonErrorFunctionNotFound | ScheduleJsonErrorTypeCheckError;
  export interface ScheduleJsonErrorFfqnParsingError {
    tag: 'ffqn-parsing-error',
    val: string,
  }
  export interface ScheduleJsonErrorFunctionNotFound {
    tag: 'function-not-found',
  }
  export interface ScheduleJsonErrorTypeCheckError {
    tag: 'type-check-error',
    val: string,
  }
}
