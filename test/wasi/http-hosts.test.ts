import tls from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { loadComponent } from "../../host/component/component.ts";
import { HttpClient } from "../../host/component/wasi/http-client.ts";
import type { Lookup } from "../../host/component/wasi/name-lookups.ts";
import type { AllowedHost } from "../../host/core/deployment.ts";
import { GuestErr } from "../../host/core/wit/signature.ts";
import type { LoadedComponent } from "../../host/ports/components.ts";
import { certificate } from "../support/certificate.ts";
import { guestless, responseOf } from "../support/guestless-http.ts";
import { probe } from "../support/probe.ts";
import { type Answered, type Asked, ask, startGuest } from "../support/probe-guest.ts";
import { WebService } from "../support/web-service.ts";

let component: LoadedComponent;
let service: WebService;
const clients: HttpClient[] = [];

beforeAll(async () => {
  component = loadComponent(await probe());
  service = await WebService.start();
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

afterAll(() => service.stop());

function clientWith(lookup?: Lookup): HttpClient {
  const client = new HttpClient(lookup);
  clients.push(client);
  return client;
}

/** Asks once, in a fresh guest. */
async function answer(asked: Asked, allowedHosts: readonly AllowedHost[], client = clientWith()) {
  const { call, logs, scope } = startGuest(component, client, { allowedHosts });
  const { tag, val } = await call("converse", asked);
  scope.end(new Error("over"));
  return { said: tag === "ok" ? (val as Answered).status : val, text: (val as Answered).text, logs };
}

const anywhere: readonly AllowedHost[] = [{ pattern: "*://*:*" }];
const named = (host: string, addresses: readonly string[]): readonly AllowedHost[] => [
  { pattern: `http://${host}:*`, addresses },
];

describe("an address that is not public", () => {
  test.each(["127.0.0.1", "0x7f.1", "2130706433", "127.1", "①②⑦.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"])(
    "is not reached as %s by a wildcard",
    async (host) => {
      const before = service.seen.length;
      const { said, logs } = await answer(ask(`${host}:${service.port}`, "/"), anywhere);
      expect(said).toBe("destination-IP-prohibited");
      expect(logs).toEqual([expect.stringMatching(/^warn .* denied by the deployment: .* add addresses = \["/)]);
      expect(service.seen.length).toBe(before);
    },
  );

  test.each(["127.0.0.1", "0x7f.1", "2130706433", "127.1", "①②⑦.0.0.1"])(
    "is reached as %s by its own pattern",
    async (host) => {
      const { said } = await answer(ask(`${host}:${service.port}`, "/"), [{ pattern: "http://127.0.0.1:*" }]);
      expect(said).toBe(200);
    },
  );

  test("is reached through a range, and by the name localhost", async () => {
    expect((await answer(ask(service.authority, "/"), [{ pattern: "http://127.0.0.*:*" }])).said).toBe(200);
    const loopback = clientWith(() => Promise.resolve(["127.0.0.1"]));
    const asked = ask(`localhost:${service.port}`, "/");
    expect((await answer(asked, [{ pattern: "http://localhost:*" }], loopback)).said).toBe(200);
  });

  test("is reached in IPv6 by its own pattern alone", async () => {
    const sixth = await WebService.start("::1");
    try {
      const asked = ask(`[0:0:0:0:0:0:0:1]:${sixth.port}`, "/");
      expect((await answer(asked, [{ pattern: "http://[::1]:*" }])).said).toBe(200);
      expect((await answer(asked, anywhere)).said).toBe("destination-IP-prohibited");
      expect(sixth.seen.length).toBe(1);
    } finally {
      await sixth.stop();
    }
  });

  test("is not reached by the name of a host that is allowed, unless the rule names its addresses", async () => {
    const asked = ask(`inside.test:${service.port}`, "/");
    const client = clientWith(() => Promise.resolve(["127.0.0.1"]));
    expect((await answer(asked, named("inside.test", ["10.0.0.0/8"]), client)).said).toBe("destination-IP-prohibited");
    expect((await answer(asked, named("inside.test", ["127.0.0.0/8"]), client)).said).toBe(200);
  });

  test("is not reached by a redirect", async () => {
    const before = service.seen.length;
    const target = `http://127.0.0.1:${service.port}/`;
    const { call, logs } = startGuest(
      component,
      clientWith(() => Promise.resolve(["127.0.0.1"])),
      { allowedHosts: [...anywhere, ...named("outside.test", ["127.0.0.1/32"])] },
    );
    const result = await call("follow", `outside.test:${service.port}`, `/redirect?to=${encodeURIComponent(target)}`);
    expect(result).toEqual({ tag: "err", val: "destination-IP-prohibited" });
    expect(logs).toEqual([expect.stringContaining("127.0.0.1 is at 127.0.0.1 (loopback)")]);
    expect(service.seen.slice(before).map(({ url }) => url?.split("?")[0])).toEqual(["/redirect"]);
  });
});

describe("a name", () => {
  test("is resolved once for a request, and what was checked is what is connected to", async () => {
    const hosts: string[] = [];
    const client = clientWith((host) => {
      hosts.push(host);
      return Promise.resolve(hosts.length === 1 ? ["127.0.0.1"] : ["8.8.8.8"]);
    });
    const { said } = await answer(
      ask(`inside.test:${service.port}`, "/"),
      named("inside.test", ["127.0.0.1/32"]),
      client,
    );
    expect(said).toBe(200);
    expect(hosts).toEqual(["inside.test"]);
  });

  test("is asked for once by all who wait for it", async () => {
    let count = 0;
    const client = clientWith(() => Promise.resolve([`127.0.0.${++count}`]));
    const resolve = (host: string) => client.resolve(host, { component: "one", attempt: {} }, () => true);
    const both = await Promise.all([resolve("a.test"), resolve("a.test"), resolve("[::1]")]);
    expect(both).toEqual([["127.0.0.1"], ["127.0.0.1"], ["::1"]]);
    expect(await resolve("a.test")).toEqual(["127.0.0.2"]);
  });

  test("that is slow keeps its place among the open requests though nobody waits for it any more", async () => {
    const lookups: ((addresses: string[]) => void)[] = [];
    const client = clientWith(() => new Promise((resolve) => lookups.push(resolve)));
    const authority = `inside.test:${service.port}`;
    const allowedHosts = named("inside.test", ["127.0.0.1/32"]);
    const { begin, respond } = guestless(client, authority, { allowedHosts, limits: { openRequestsMax: 1 } });
    const dropped = begin("/");
    await new Promise((resolve) => setImmediate(resolve));
    expect(lookups.length).toBe(1);
    dropped[Symbol.dispose]();
    expect(() => begin("/")).toThrow(new GuestErr({ tag: "connection-limit-reached" }));
    lookups[0]?.([]);
    await new Promise((resolve) => setImmediate(resolve));
    const next = respond("/");
    await new Promise((resolve) => setImmediate(resolve));
    lookups[1]?.(["127.0.0.1"]);
    expect(responseOf(await next).status()).toBe(200);
  });

  test("that leads inwards the second time is refused then, though a connection is open", async () => {
    const answers = [["127.0.0.1"], ["127.0.0.2"]];
    const client = clientWith(() => Promise.resolve(answers.shift() ?? []));
    const { call, logs } = startGuest(component, client, { allowedHosts: named("inside.test", ["127.0.0.1/32"]) });
    const asked = ask(`inside.test:${service.port}`, "/");
    expect(await call("converse", asked)).toMatchObject({ tag: "ok" });
    expect(await call("converse", asked)).toEqual({ tag: "err", val: "destination-IP-prohibited" });
    expect(logs).toEqual([expect.stringContaining("inside.test is at 127.0.0.2 (loopback)")]);
  });

  test("shares a connection with a later request to the same addresses, and with no other", async () => {
    const answers = [["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1", "127.0.0.9"]];
    const client = clientWith(() => Promise.resolve(answers.shift() ?? []));
    const { call } = startGuest(component, client, { allowedHosts: named("inside.test", ["127.0.0.0/8"]) });
    const before = service.seen.length;
    for (let i = 0; i < 3; i++) await call("converse", ask(`inside.test:${service.port}`, "/"));
    const [first, second, third] = service.seen.slice(before).map(({ socket }) => socket);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test("that nobody knows is an error of the DNS", async () => {
    const client = clientWith(() => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })));
    expect((await answer(ask("nowhere.test", "/"), anywhere, client)).said).toBe("DNS-error(…)");
  });
});

describe("over TLS", () => {
  let secure: WebService;
  const trusted = tls.getCACertificates("default");
  const allowed: readonly AllowedHost[] = [{ pattern: "https://*.test:*", addresses: ["127.0.0.1/32"] }];

  beforeAll(async () => {
    secure = await WebService.start("127.0.0.1", certificate);
    tls.setDefaultCACertificates([...trusted, certificate.cert]);
  });

  afterAll(async () => {
    tls.setDefaultCACertificates(trusted);
    await secure.stop();
  });

  test("the certificate is compared with the name, not with the address", async () => {
    const client = clientWith(() => Promise.resolve(["127.0.0.1"]));
    const askSecure = (host: string) => ask(`${host}:${secure.port}`, "/tell", { scheme: "https" });
    const right = await answer(askSecure("service.test"), allowed, client);
    expect(right.said).toBe(200);
    expect((JSON.parse(right.text) as { headers: string[] }).headers).toContain(`service.test:${secure.port}`);
    expect((await answer(askSecure("other.test"), allowed, client)).said).toBe("TLS-certificate-error");
  });
});
