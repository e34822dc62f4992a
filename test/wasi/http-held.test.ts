/** What the host holds of requests and responses, and how it is counted. */
import { get, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadComponent } from "../../host/component/component.ts";
import { ByteQueue } from "../../host/component/wasi/byte-queue.ts";
import { HeldBytes } from "../../host/component/wasi/held-bytes.ts";
import { HttpClient } from "../../host/component/wasi/http-client.ts";
import type { FutureIncomingResponse } from "../../host/component/wasi/http-incoming.ts";
import { RequestBody } from "../../host/component/wasi/http-request-body.ts";
import { ResponseFlow } from "../../host/component/wasi/http-response-flow.ts";
import { GuestErr } from "../../host/core/wit/signature.ts";
import type { Secret } from "../../host/ports/activities.ts";
import type { MemoryAccount } from "../../host/ports/components.ts";
import { guestless, responseOf } from "../support/guestless-http.ts";
import { probe } from "../support/probe.ts";
import { startGuest } from "../support/probe-guest.ts";
import { WebService } from "../support/web-service.ts";

let service: WebService;
let client: HttpClient;

beforeAll(async () => {
  service = await WebService.start();
  client = new HttpClient();
});

afterAll(async () => {
  client.close();
  await service.stop();
});

/** An account that tells what is taken from it. */
class Ledger implements MemoryAccount {
  readonly #bytesMax: number;
  used = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  take(bytes: number): boolean {
    if (this.used + bytes > this.#bytesMax) return false;
    this.used += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.used -= bytes;
  }
}

const mib = 1024 * 1024;

describe("bytes that wait", () => {
  test("come out as they went in, however they were cut", () => {
    const queue = new ByteQueue(new HeldBytes(new Ledger(mib)));
    const all = Buffer.from(Array.from({ length: 50_000 }, (_, at) => at % 251));
    const got: Uint8Array[] = [];
    for (let at = 0, size = 1; at < all.length; at += size, size = (size * 7) % 6_007) {
      queue.push(all.subarray(at, at + size));
      if (size % 2 === 0) got.push(queue.take(size / 2));
    }
    expect(queue.all().equals(all.subarray(Buffer.concat(got).length))).toBe(true);
    const half = queue.length >> 1;
    got.push(queue.all().subarray(0, half));
    queue.skip(half);
    while (queue.length > 0) got.push(queue.take(1_000));
    expect(Buffer.concat(got).equals(all)).toBe(true);
  });

  test("are counted as they are held: pieces of one byte share a block, and keep nothing else alive", () => {
    const ledger = new Ledger(64 * mib);
    const held = new HeldBytes(ledger);
    const [queue, read] = [new ByteQueue(held), new Uint8Array(65_536)];
    for (let at = 0; at < 100_000; at++) queue.push(read.subarray(at % 65_536, (at % 65_536) + 1));
    expect(ledger.used).toBe(2 * 65_536);
    expect(queue.take(1).buffer).not.toBe(read.buffer);
    queue.clear();
    expect(ledger.used).toBe(0);
    const alone = Array.from({ length: 1_000 }, () => new ByteQueue(held));
    for (const each of alone) each.push(Uint8Array.of(1));
    expect(ledger.used).toBeGreaterThan(1_000 * 4_096);
  });
});

describe("what is held for an attempt", () => {
  test("is bounded by what all may hold, and given back at its end", () => {
    const ledger = new Ledger(mib);
    const [one, other] = [new HeldBytes(ledger), new HeldBytes(ledger)];
    one.add(mib - 65_536);
    other.add(10);
    expect(() => other.add(65_536)).toThrow("the host can't hold 65536 bytes more for this guest");
    one.release();
    other.add(65_536);
    one.remove(100);
    other.remove(65_546);
    expect(ledger.used).toBe(0);
  });
});

test("a guest that has more held than all may is ended alone, and has nothing any more", async () => {
  const component = loadComponent(await probe());
  const ledger = new Ledger(8 * mib);
  const { call, scope } = startGuest(component, client, { memory: ledger });
  await expect(call("hoard-fields")).rejects.toThrow("it holds too much for all of them");
  expect(ledger.used).toBeGreaterThan(7 * mib);
  scope.end(new Error("over"));
  expect(ledger.used).toBe(0);
  const next = startGuest(component, client, { memory: ledger });
  expect(await next.call("fields-in-turn", 10)).toEqual({ tag: "ok", val: undefined });
});

describe("the headers of a response", () => {
  const path = "/many-headers?size=60000";

  test("are counted until the guest has let go of them and of the response", async () => {
    const ledger = new Ledger(mib);
    const { respond, types } = guestless(client, service.authority, { memory: ledger });
    const response = responseOf(await respond(path));
    const one = ledger.used;
    expect(one).toBeGreaterThan(60_000);
    const [first, second] = [response.headers(), response.headers()];
    expect(ledger.used).toBeGreaterThan(2 * one);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(second.get("x-large")[0]?.length).toBe(60_000);
    second[Symbol.dispose]();
    expect(ledger.used).toBe(one);
    const trailers = types.IncomingBody.finish(response.consume());
    response[Symbol.dispose]();
    await trailers.subscribe().block();
    trailers[Symbol.dispose]();
    expect(ledger.used).toBe(0);
  });

  test("are counted while nobody takes it", async () => {
    const ledger = new Ledger(mib / 2);
    const { respond } = guestless(client, service.authority, { memory: ledger });
    const futures: FutureIncomingResponse[] = [];
    for (let i = 0; i < 8; i++) futures.push(await respond(path));
    const refused = (await respond(path)).get();
    expect(JSON.stringify(refused)).toContain("it holds too much for all of them");
    for (const future of futures) future[Symbol.dispose]();
    expect(ledger.used).toBe(0);
  });
});

test("a response without trailers leaves nothing held once it has been taken", async () => {
  const ledger = new Ledger(mib);
  const { respond, types } = guestless(client, service.authority, { memory: ledger });
  for (let i = 0; i < 3; i++) {
    const response = responseOf(await respond("/"));
    const trailers = types.IncomingBody.finish(response.consume());
    response[Symbol.dispose]();
    await trailers.subscribe().block();
    expect(trailers.get()).toEqual({ tag: "ok", val: { tag: "ok", val: undefined } });
    trailers[Symbol.dispose]();
    expect(ledger.used).toBe(0);
  }
});

test("a response that nobody reads leaves its connection to the next request", async () => {
  const secrets: Secret[] = [{ name: "KEY", value: "password1", allowedHosts: [], replaceIn: [] }];
  const own = new HttpClient();
  const { begin, respond } = guestless(own, service.authority, { secrets, limits: { openRequestsMax: 1 } });
  const unread = responseOf(await respond("/bytes?size=262144")).consume();
  let next: FutureIncomingResponse | undefined;
  while (next === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    // Refused until the first response has come to its end.
    try {
      next = begin("/");
    } catch (error) {
      expect(error).toEqual(new GuestErr({ tag: "connection-limit-reached" }));
    }
  }
  await next.subscribe().block();
  expect(responseOf(next).status()).toBe(200);
  expect(new Set(service.seen.slice(-2).map(({ socket }) => socket)).size).toBe(1);
  unread[Symbol.dispose]();
  own.close();
});

test("a request's body is handed over as one when the network is ready again, and counted until it has it", () => {
  const ledger = new Ledger(mib);
  const body = new RequestBody(undefined, mib, new HeldBytes(ledger), () => undefined);
  const writes: { bytes: Uint8Array; taken: () => void }[] = [];
  body.sendTo({
    write: (bytes, taken) => writes.push({ bytes, taken }),
    end: () => undefined,
    abandon: () => undefined,
  });
  for (let i = 0; i < 1_000; i++) body.write(Uint8Array.of(i));
  expect(writes.map(({ bytes }) => bytes.length)).toEqual([1]);
  expect(ledger.used).toBeGreaterThan(0);
  writes[0]?.taken();
  expect(writes.map(({ bytes }) => bytes.length)).toEqual([1, 999]);
  expect(body.flushed.ready()).toBe(true);
  expect(ledger.used).toBeGreaterThan(0);
  writes[1]?.taken();
  expect(ledger.used).toBe(0);
});

test("a response that is held back keeps nothing of what has been read of it", async () => {
  const count = 1_000_000;
  const crumbs = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(count)}0\r\n\r\n`;
  let written: (() => void) | undefined;
  const stuck = new Promise<void>((resolve) => {
    written = resolve;
  });
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.write(crumbs);
    written?.();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const response = await new Promise<IncomingMessage>((resolve) => {
    get({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, agent: false }, resolve);
  });
  const flow = new ResponseFlow(response);
  let received = 0;
  await new Promise<void>((resolve) => {
    response.on("data", ({ length }: Buffer) => {
      if (received === 0) resolve();
      received += length;
      flow.pause();
    });
  });
  await stuck;
  // What has arrived by now is read, if anything reads.
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(response.readableLength).toBe(0);
  expect(received).toBeLessThan(count / 2);
  response.removeAllListeners("data").on("data", ({ length }: Buffer) => {
    received += length;
  });
  flow.resume();
  await new Promise((resolve) => response.on("end", resolve));
  expect(received).toBe(count);
  for (const socket of sockets) socket.destroy();
  server.close();
});
