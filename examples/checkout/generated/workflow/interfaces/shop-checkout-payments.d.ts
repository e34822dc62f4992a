/// <reference path="./shop-checkout-types.d.ts" />
declare module 'shop:checkout/payments@1.0.0' {
  /**
   * Returns the charge's id.
   */
  export function charge(step: Step, payment: Payment, cents: number): string;
  export function refund(step: Step, charge: string): void;
  export type Payment = import('shop:checkout/types@1.0.0').Payment;
  export type Step = import('shop:checkout/types@1.0.0').Step;
  export type StepError = import('shop:checkout/types@1.0.0').StepError;
}
