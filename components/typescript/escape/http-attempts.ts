/** Ways out by HTTP. */
import { handle } from "wasi:http/outgoing-handler@0.2.12";
import { Fields, OutgoingRequest } from "wasi:http/types@0.2.12";
import { Pollable } from "wasi:io/poll@0.2.12";
import { type Attempt, outcomeOf, tamper } from "./attempts.ts";

function request(authority: string): OutgoingRequest {
  const made = new OutgoingRequest(new Fields());
  made.setScheme({ tag: "HTTP" });
  made.setAuthority(authority);
  made.setPathWithQuery("/");
  return made;
}

export const httpAttempts: Readonly<Record<string, Attempt>> = {
  dial: (authority) =>
    outcomeOf(() => {
      const future = handle(request(authority), undefined);
      future.subscribe().block();
      const answer = future.get();
      if (answer?.tag !== "ok" || answer.val.tag !== "ok") throw "refused";
      return `answered ${answer.val.val.status()}`;
    }),
  "forge-kind": () => outcomeOf(() => Pollable.prototype.block.call(new Fields() as unknown as Pollable)),
  "give-twice": (authority) =>
    outcomeOf(() => {
      const given = request(authority);
      handle(given, undefined);
      handle(given, undefined);
    }),
  "tamper-and-ask": (authority) => {
    tamper();
    const future = handle(request(authority), undefined);
    future.subscribe().block();
    return String(future.get()?.tag);
  },
};
