import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadComponent } from "../../host/component/component.ts";
import { HttpClient } from "../../host/component/wasi/http-client.ts";
import type { AllowedHost } from "../../host/core/deployment.ts";
import { GuestTrap, type LoadedComponent } from "../../host/ports/components.ts";
import { probe } from "../support/probe.ts";
import { type GuestOptions, startGuest } from "../support/probe-guest.ts";
import { WebService } from "../support/web-service.ts";

let component: LoadedComponent;
let service: WebService;
let client: HttpClient;
const loopback: readonly AllowedHost[] = [{ pattern: "http://127.0.0.1:*" }];

beforeAll(async () => {
  component = loadComponent(await probe());
  service = await WebService.start();
  client = new HttpClient();
});

afterAll(async () => {
  client.close();
  await service.stop();
});

/** A fresh guest that may send requests to this machine. */
function guest(options: GuestOptions = {}) {
  return startGuest(component, client, { allowedHosts: loopback, ...options });
}

async function run(name: string, ...args: unknown[]) {
  const { call, scope } = guest();
  const result = await call(name, ...args);
  scope.end(new Error("over"));
  return result;
}

const ok = (val: unknown) => ({ tag: "ok", val });
const err = (val: unknown) => ({ tag: "err", val });
const noLimits = { connect: undefined, firstByte: undefined, betweenBytes: undefined };

describe("what surrounds a guest", () => {
  test("no environment, no files, a closed input, no sockets", async () => {
    expect(await run("surroundings")).toEqual(ok(["0 0 undefined 0", "err closed", "err access-denied"]));
  });

  test("time is the machine's, and randomness differs from guest to guest", async () => {
    const before = Math.floor(Date.now() / 1000);
    const first = (await run("time-and-chance")).val as string[];
    const second = (await run("time-and-chance")).val as string[];
    expect(Number(first[0])).toBeGreaterThanOrEqual(before);
    expect(Number(first[0])).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
    expect(BigInt(second[2]!)).toBeGreaterThan(BigInt(first[2]!));
    expect(second.slice(3)).not.toEqual(first.slice(3));
  });

  test("standard output and error go to the log by lines, the last one without an end too", async () => {
    const { call, logs } = guest();
    await call("say", "one\ntwo", "oops\n");
    expect(logs).toEqual(["stdout one", "stderr oops", "stdout two"]);
  });

  test("the log takes all levels", async () => {
    const { call, logs } = guest();
    await call("levels", "m");
    expect(logs).toEqual(["trace m", "debug m", "info m", "warn m", "error m"]);
  });

  test("exit ends the guest as a trap", async () => {
    const left = guest().call("leave");
    await expect(left).rejects.toThrow(GuestTrap);
    await expect(left).rejects.toThrow("exit(err)");
  });

  test("a guest that waits for a time leaves the event loop free", async () => {
    const waits = Promise.all(Array.from({ length: 20 }, () => run("sleep", 50)));
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    const slept = await waits;
    clearInterval(count);
    expect(turns).toBeGreaterThan(1);
    for (const { val } of slept) expect(val).toBeGreaterThanOrEqual(49);
  });
});

describe("fields", () => {
  test("are checked, compared without case, and frozen with their request", async () => {
    expect(await run("fields")).toEqual(
      ok([
        "err invalid-syntax",
        "err forbidden",
        "err invalid-syntax",
        "ok 1,2 false A,a",
        "err immutable",
        "ok undefined",
        "err undefined",
        "err undefined",
        "err undefined",
      ]),
    );
  });
});

describe("what the host holds for a guest", () => {
  test("is bounded", async () => {
    await expect(guest().call("hoard-fields")).rejects.toThrow(/^the host holds 67\d{6} bytes for this guest already/);
  });

  test("ends when the guest lets go of it", async () => {
    expect(await run("fields-in-turn", 3_000)).toEqual(ok(undefined));
  });
});

describe("a response", () => {
  test("is streamed to the guest, trailers last", async () => {
    const { val } = await run("get", service.authority, "/trailers", noLimits);
    expect(val).toMatchObject({ status: 200, size: 3n, trailers: [["x-sum", "3"]] });
  });

  test("may be much larger than what the host holds of it", async () => {
    expect((await run("get", service.authority, "/big", noLimits)).val).toMatchObject({ size: 20_971_520n });
  });

  test("that sends the guest elsewhere is an answer like any other", async () => {
    const { val } = await run("get", service.authority, "/redirect", noLimits);
    expect(val).toMatchObject({ status: 302 });
    expect((val as { headers: unknown[] }).headers).toContainEqual(["location", "/"]);
  });

  test("that breaks off is incomplete", async () => {
    expect(await run("get", service.authority, "/cut", noLimits)).toEqual(err("body: HTTP-response-incomplete"));
  });

  test.each([
    ["/silent", { ...noLimits, firstByte: 100 }, "connection-read-timeout"],
    ["/stall", { ...noLimits, betweenBytes: 100 }, "body: connection-read-timeout"],
  ])("%s runs into the guest's own limit", async (path, limits, code) => {
    const before = service.broken.length;
    expect(await run("get", service.authority, path, limits)).toEqual(err(code));
    await service.until(() => service.broken.length > before);
    expect(service.broken.at(-1)).toBe(path);
  });

  test("from nowhere is a refused connection", async () => {
    expect(await run("get", "127.0.0.1:1", "/", noLimits)).toEqual(err("connection-refused"));
  });

  test("from a service that does not speak TLS is a TLS error", async () => {
    const { call } = guest({ allowedHosts: [{ pattern: `https://${service.authority}` }] });
    expect(await call("send", service.authority, "GET", "")).toEqual(err("TLS-protocol-error"));
  });

  test("reaches a guest that uses fetch", async () => {
    expect(await run("fetch-text", `${service.origin}/`)).toEqual(ok("200 GET"));
  });
});

describe("a request", () => {
  test.each([
    ["in chunks", 10, 1000, undefined, "chunked", 10_000n],
    ["of a declared length", 10, 1000, 10_000n, "10000", 10_000n],
    ["larger than what the host holds", 100, 40_000, undefined, "chunked", 4_000_000n],
    ["that is empty", 0, 0, undefined, "0", 0n],
  ])("%s comes back as it was sent", async (_name, chunks, chunkSize, declared, length, size) => {
    const { val } = await run("upload", service.authority, "/echo", chunks, chunkSize, declared);
    expect(val).toMatchObject({ status: 200, size });
    expect((val as { headers: unknown[] }).headers).toContainEqual(["x-length", length]);
  });

  test.each([
    ["longer", 9_999n, "last-operation-failed(…)"],
    ["shorter", 10_001n, "HTTP-request-body-size(10000)"],
  ])("%s than declared is refused", async (_name, declared, code) => {
    expect(await run("upload", service.authority, "/echo", 10, 1000, declared)).toEqual(err(code));
  });

  test("whose body is dropped before it is finished does not look complete to the service", async () => {
    const before = service.broken.length;
    await run("drop-body", service.authority, "/echo");
    await service.until(() => service.broken.length > before);
    expect(service.broken.at(-1)).toBe("/echo");
  });

  test("whose response nobody will take is ended", async () => {
    const before = service.broken.length;
    const { call, scope } = guest();
    const call1 = call("drop-response", service.authority, "/silent", 60_000);
    await service.until(() => service.broken.length > before);
    scope.end(new Error("enough"));
    await expect(call1).rejects.toThrow("enough");
  });

  test("may use any method but CONNECT, and http or https only", async () => {
    expect((await run("send", service.authority, "PROPFIND", "http")).val).toMatchObject({ status: 200 });
    expect(service.seen.at(-1)?.method).toBe("PROPFIND");
    expect(await run("send", service.authority, "CONNECT", "http")).toEqual(err("HTTP-request-method-invalid"));
    expect(await run("send", service.authority, "GET", "ftp")).toEqual(err("HTTP-protocol-error"));
  });

  test("many at once are answered in the order in which they are ready", async () => {
    const paths = ["/later?ms=200", "/later?ms=10", "/later?ms=100"];
    expect((await run("race", service.authority, paths)).val).toEqual(Uint32Array.of(1, 2, 0));
  });

  test("too many at once are refused, and the log says so", async () => {
    const { call, logs } = guest({ limits: { openRequestsMax: 2 } });
    expect(await call("leave-open", service.authority, ["/silent", "/silent", "/silent"])).toEqual(
      err("connection-limit-reached"),
    );
    expect(logs).toEqual([`warn request to ${service.origin} refused: 2 requests of this attempt are open`]);
  });
});

describe("the allow-list", () => {
  test("denies by default, and the log says what to add", async () => {
    const { call, logs } = guest({ allowedHosts: [] });
    const before = service.seen.length;
    expect(await call("get", service.authority, "/", noLimits)).toEqual(err("HTTP-request-denied"));
    expect(logs).toEqual([
      `warn request GET ${service.origin} denied by the deployment: add [[activity_wasm.allowed_host]] pattern = "${service.origin}", methods = ["GET"]`,
    ]);
    expect(service.seen.length).toBe(before);
  });

  test("tells a method apart from an origin", async () => {
    const { call, logs } = guest({ allowedHosts: [{ pattern: service.origin, methods: ["GET"] }] });
    expect(await call("send", service.authority, "PUT", "http")).toEqual(err("HTTP-request-denied"));
    expect(logs[0]).toContain('add "PUT" to the methods of');
  });

  test("takes a request without a scheme for https", async () => {
    const { call, logs } = guest();
    expect(await call("send", service.authority, "GET", "")).toEqual(err("HTTP-request-denied"));
    expect(logs[0]).toContain(`pattern = "https://${service.authority}"`);
  });
});

describe("a scope that ends", () => {
  test("unwinds the guest with its reason and closes what it had open", async () => {
    const before = service.broken.length;
    const { call, scope } = guest();
    const seen = service.seen.length;
    const called = call("get", service.authority, "/silent", noLimits);
    await service.until(() => service.seen.length > seen);
    const reason = new Error("the deadline");
    scope.end(reason);
    await expect(called).rejects.toBe(reason);
    await service.until(() => service.broken.length > before);
  });

  test("ends requests that a guest left open when it returned", async () => {
    const before = service.broken.length;
    const { call, scope } = guest();
    expect(await call("leave-open", service.authority, ["/silent", "/silent"])).toEqual(ok(undefined));
    await service.until(() => service.open >= 2);
    scope.end(new Error("returned"));
    await service.until(() => service.broken.length === before + 2);
  });
});
