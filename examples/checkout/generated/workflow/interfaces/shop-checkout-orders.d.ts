/// <reference path="./shop-checkout-types.d.ts" />
declare module 'shop:checkout/orders@1.0.0' {
  export function place(order: Order): Receipt;
  export type Line = import('shop:checkout/types@1.0.0').Line;
  export type Payment = import('shop:checkout/types@1.0.0').Payment;
  export type StepError = import('shop:checkout/types@1.0.0').StepError;
  export interface Order {
    /**
     * The customer's own, and part of each step's URL.
     */
    number: string,
    service: string,
    lines: Array<Line>,
    payment: Payment,
    address: string,
    packingSeconds: number,
  }
  export interface Receipt {
    cents: number,
    charge: string,
    tracking: string,
  }
  /**
   * A step was refused, and what had been done before it was undone.
   */
  export interface Refusal {
    why: StepError,
    undone: Array<string>,
    /**
     * What somebody has to undo by hand.
     */
    notUndone: Array<string>,
  }
  export type OrderError = OrderErrorExecutionFailed | OrderErrorRefused;
  export interface OrderErrorExecutionFailed {
    tag: 'execution-failed',
  }
  export interface OrderErrorRefused {
    tag: 'refused',
    val: Refusal,
  }
}
