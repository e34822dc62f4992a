/// <reference path="./shop-checkout-types.d.ts" />
declare module 'shop:checkout/inventory@1.0.0' {
  /**
   * Returns the reservation's id.
   */
  export function reserve(step: Step, lines: Array<Line>): string | Promise<string>;
  export function release(step: Step, reservation: string): void | Promise<void>;
  export type Line = import('shop:checkout/types@1.0.0').Line;
  export type Step = import('shop:checkout/types@1.0.0').Step;
  export type StepError = import('shop:checkout/types@1.0.0').StepError;
}
