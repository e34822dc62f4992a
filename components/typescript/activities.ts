import * as log from "obelisk:log/log@1.0.0";
import type { Fault, Order } from "test:guests/activities@0.1.0";

export const activities = {
  echo: (text: string): string => text,

  addItem(order: Order, name: string): Order {
    return { ...order, items: [...order.items, { name, quantity: order.items.length + 1, note: null }] };
  },

  refuse(reason: string): void {
    throw { tag: "refused", val: reason } satisfies Fault;
  },

  refuseForGood(reason: string): void {
    throw { tag: "permanent-refused", val: reason } satisfies Fault;
  },

  fail(reason: string): string {
    throw reason;
  },

  trap(): void {
    throw new Error("trapped on purpose");
  },

  spin(): void {
    for (;;);
  },

  large: (length: number): string => "x".repeat(length),

  say(message: string): void {
    log.trace(message);
    log.debug(message);
    log.info(message);
    log.warn(message);
    log.error(message);
  },
};
