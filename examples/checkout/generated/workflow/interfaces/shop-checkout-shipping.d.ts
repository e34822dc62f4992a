/// <reference path="./shop-checkout-types.d.ts" />
declare module 'shop:checkout/shipping@1.0.0' {
  /**
   * Returns the parcel's tracking number.
   */
  export function ship(step: Step, reservation: string, address: string): string;
  export type Step = import('shop:checkout/types@1.0.0').Step;
  export type StepError = import('shop:checkout/types@1.0.0').StepError;
}
