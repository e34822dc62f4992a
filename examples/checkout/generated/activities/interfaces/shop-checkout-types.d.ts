declare module 'shop:checkout/types@1.0.0' {
  export interface Line {
    sku: string,
    quantity: number,
    unitPrice: number,
  }
  export type Payment = PaymentCard | PaymentInvoice;
  export interface PaymentCard {
    tag: 'card',
    val: string,
  }
  /**
   * To be paid within so many days.
   */
  export interface PaymentInvoice {
    tag: 'invoice',
    val: number,
  }
  /**
   * What a step needs beside its own parameters.
   */
  export interface Step {
    /**
     * Base URL of the shop's service: activities have no environment of their own.
     */
    service: string,
    order: string,
    /**
     * The service does what it is asked under one key only once, however often it is asked.
     */
    idempotencyKey: string,
  }
  export type StepError = StepErrorExecutionFailed | StepErrorUnavailable | StepErrorPermanentRefusal;
  /**
   * The platform gave up on the step: it trapped, or took too long, once too often.
   */
  export interface StepErrorExecutionFailed {
    tag: 'execution-failed',
  }
  /**
   * May work the next time, so the step is tried again.
   */
  export interface StepErrorUnavailable {
    tag: 'unavailable',
    val: string,
  }
  /**
   * Will never work: `permanent` in a case's name makes it final.
   */
  export interface StepErrorPermanentRefusal {
    tag: 'permanent-refusal',
    val: string,
  }
}
