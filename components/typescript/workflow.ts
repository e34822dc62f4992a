import * as log from "obelisk:log/log@1.0.0";
import * as support from "obelisk:workflow/workflow-support@6.0.0";
import * as activities from "test:guests/activities@0.1.0";
import * as children from "test:guests/children@0.1.0";
import type { Draw, Fault, Order } from "test:guests/flows@0.1.0";
import { errOf } from "./err-of.ts";

const napFor = (ms: number) => support.sleep({ tag: "in", val: { tag: "milliseconds", val: ms } }, "nap");

export const flows = {
  fill: (order: Order, names: string[]): Order =>
    names.reduce((filled, name) => activities.addItem(filled, name), order),

  echoTimes(times: number, text: string): number {
    for (let i = 0; i < times; i++) activities.echo(`${text} ${i}`);
    return times;
  },

  nap(ms: number): [number, number, number] {
    const before = Date.now();
    const ended = napFor(ms);
    return [before, ended.seconds * 1000 + Math.floor(ended.nanoseconds / 1e6), Date.now()];
  },

  draws: (): Draw => ({
    below: support.randomU64(0, 10),
    upTo: support.randomU64Inclusive(10, 20),
    name: support.randomString(8, 13),
    fraction: Math.random(),
  }),

  whoami: (): string => support.executionIdCurrent().id,

  say(message: string): void {
    log.trace(message);
    log.debug(message);
    log.info(message);
    log.warn(message);
    log.error(message);
  },

  family(text: string): string[] {
    const heard = [children.shout(text), activities.echo(text)];
    children.sleep(10);
    try {
      children.refuse(text);
    } catch (error) {
      heard.push(JSON.stringify(errOf(error)));
    }
    return heard;
  },

  compensate(reason: string): string {
    const reserved = activities.echo("reserved");
    try {
      activities.refuseForGood(reason);
    } catch (error) {
      return activities.echo(`${reserved}, released after ${JSON.stringify(errOf(error))}`);
    }
    return reserved;
  },

  fail(reason: string): void {
    throw { tag: "refused", val: activities.echo(reason) } satisfies Fault;
  },

  trap(): void {
    activities.echo("before the trap");
    throw new Error("trapped on purpose");
  },

  spin(): void {
    activities.echo("before the loop");
    for (;;);
  },

  large: (length: number): string => "x".repeat(length),

  largeCall: (length: number): number => activities.echo("x".repeat(length)).length,

  join: (): string => support.joinSetCreate().id(),

  versioned(): string {
    const first = activities.echo("first");
    napFor(1_000);
    return `${first}, ${activities.echo("second")}`;
  },

  swallow(times: number): string {
    const heard: string[] = [];
    for (let i = 0; i < times; i++) {
      try {
        heard.push(activities.echo(String(i)));
      } catch (error) {
        heard.push(String(error));
      }
    }
    return heard.join(", ");
  },
};
