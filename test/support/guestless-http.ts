import { GuestScope } from "../../host/component/wasi/guest-scope.ts";
import type { HttpClient } from "../../host/component/wasi/http-client.ts";
import type { Fields } from "../../host/component/wasi/http-fields.ts";
import { HttpGate } from "../../host/component/wasi/http-gate.ts";
import type { FutureIncomingResponse, FutureTrailers, IncomingBody } from "../../host/component/wasi/http-incoming.ts";
import { httpInterfaces } from "../../host/component/wasi/http-interfaces.ts";
import type { OutgoingRequest } from "../../host/component/wasi/http-outgoing.ts";
import { AttemptSecrets } from "../../host/component/wasi/http-secrets.ts";
import { defaultLimitsOf } from "../../host/core/deployment.ts";
import { boundless, type GuestOptions } from "./probe-guest.ts";

/** WASI's HTTP as a guest has it, without one. All requests go to the authority. */
export function guestless(client: HttpClient, authority: string, options: GuestOptions = {}) {
  const scope = new GuestScope(() => undefined);
  const { allowedHosts = [{ pattern: `http://${authority}` }], memory = boundless } = options;
  const gate = new HttpGate({ allowedHosts, operatorHosts: undefined });
  const limits = { ...defaultLimitsOf("activity"), ...options.limits };
  const parts = {
    component: "guestless",
    client,
    gate,
    secrets: new AttemptSecrets(options.secrets ?? []),
    limits,
    memory,
  };
  const offered = httpInterfaces(parts, scope, () => undefined);
  const types = offered["wasi:http/types"] as {
    Fields: new () => Fields;
    OutgoingRequest: new (headers: Fields) => OutgoingRequest;
    IncomingBody: { finish: (body: IncomingBody) => FutureTrailers };
  };
  const { handle } = offered["wasi:http/outgoing-handler"] as {
    handle: (request: OutgoingRequest, options: undefined) => FutureIncomingResponse;
  };
  const begin = (path: string): FutureIncomingResponse => {
    const request = new types.OutgoingRequest(new types.Fields());
    request.setScheme({ tag: "HTTP" });
    request.setAuthority(authority);
    request.setPathWithQuery(path);
    return handle(request, undefined);
  };
  const respond = async (path: string): Promise<FutureIncomingResponse> => {
    const future = begin(path);
    await future.subscribe().block();
    return future;
  };
  return { types, begin, respond };
}

/** The response, which must have come. */
export function responseOf(future: FutureIncomingResponse) {
  const got = future.get();
  if (got?.tag !== "ok" || got.val.tag !== "ok") throw new Error(JSON.stringify(got));
  return got.val.val;
}
