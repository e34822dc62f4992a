import { debug, error, info, trace, warn } from "obelisk:log/log@1.0.0";
import { getArguments, getEnvironment, initialCwd } from "wasi:cli/environment@0.2.12";
import { exit } from "wasi:cli/exit@0.2.12";
import { getStderr } from "wasi:cli/stderr@0.2.12";
import { getStdin } from "wasi:cli/stdin@0.2.12";
import { getStdout } from "wasi:cli/stdout@0.2.12";
import { now as monotonicNow, subscribeDuration } from "wasi:clocks/monotonic-clock@0.2.12";
import { now as wallNow } from "wasi:clocks/wall-clock@0.2.12";
import { getDirectories } from "wasi:filesystem/preopens@0.2.12";
import { handle } from "wasi:http/outgoing-handler@0.2.12";
import {
  Fields,
  type FutureIncomingResponse,
  httpErrorCode,
  IncomingBody,
  type IncomingResponse,
  type Method,
  OutgoingBody,
  OutgoingRequest,
  RequestOptions,
} from "wasi:http/types@0.2.12";
import { poll } from "wasi:io/poll@0.2.12";
import { getInsecureRandomU64 } from "wasi:random/insecure@0.2.12";
import { insecureSeed } from "wasi:random/insecure-seed@0.2.12";
import { getRandomBytes, getRandomU64 } from "wasi:random/random@0.2.12";
import { createTcpSocket } from "wasi:sockets/tcp-create-socket@0.2.12";

type Entries = [string, string][];
interface Response {
  status: number;
  headers: Entries;
  size: bigint;
  trailers: Entries;
}
interface Asked {
  scheme: string;
  authority: string;
  path: string;
  method: string;
  headers: Entries;
  body?: string[];
  flushed: boolean;
  trailers: Entries;
}
interface StreamFailure {
  tag: string;
  val: Parameters<typeof httpErrorCode>[0];
}
interface TimeLimits {
  connect?: number;
  firstByte?: number;
  betweenBytes?: number;
}

const encode = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const decode = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const entriesOf = (fields: Fields): Entries => fields.entries().map(([name, value]) => [name, decode(value)]);
const encoded = (entries: Entries) => entries.map(([name, value]): [string, Uint8Array] => [name, encode(value)]);
const nanoseconds = (ms: number) => BigInt(ms) * 1_000_000n;
const sleepMs = (ms: number) => subscribeDuration(nanoseconds(ms)).block();

function spinMs(ms: number): void {
  const until = Date.now() + ms;
  while (Date.now() < until);
}

/** A variant as text, whichever way the engine threw it. */
function said(thrown: unknown): string {
  const value = (thrown as { payload?: unknown } | undefined)?.payload ?? thrown;
  if (typeof value !== "object" || value === null) return String(value);
  const { tag, val } = value as { tag?: unknown; val?: unknown };
  if (val === undefined) return String(tag);
  return `${String(tag)}(${typeof val === "object" ? "…" : (val as string | number | bigint)})`;
}

function attempt(run: () => unknown): string {
  try {
    return `ok ${String(run())}`;
  } catch (thrown) {
    return `err ${said(thrown)}`;
  }
}

function withErrText<T>(run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw typeof thrown === "string" ? thrown : said(thrown);
  }
}

function requestTo(authority: string, path: string, method: Method = { tag: "get" }, headers: Entries = []) {
  const request = new OutgoingRequest(Fields.fromList(encoded(headers)));
  request.setScheme({ tag: "HTTP" });
  request.setAuthority(authority);
  request.setPathWithQuery(path);
  request.setMethod(method);
  return request;
}

function awaited(future: FutureIncomingResponse): IncomingResponse {
  future.subscribe().block();
  const result = future.get();
  if (result?.tag !== "ok") throw "the future was taken twice";
  if (result.val.tag === "err") throw said(result.val.val);
  return result.val.val;
}

function received(response: IncomingResponse, each?: (bytes: Uint8Array) => void): Response {
  const body = response.consume();
  const stream = body.stream();
  let size = 0n;
  for (;;) {
    try {
      const bytes = stream.blockingRead(65_536n);
      size += BigInt(bytes.length);
      each?.(bytes);
    } catch (thrown) {
      const failure = ((thrown as { payload?: unknown }).payload ?? thrown) as StreamFailure;
      if (failure.tag === "closed") break;
      throw `body: ${said(httpErrorCode(failure.val))}`;
    }
  }
  stream[Symbol.dispose]();
  const future = IncomingBody.finish(body);
  future.subscribe().block();
  const result = future.get();
  if (result?.tag !== "ok" || result.val.tag !== "ok") throw "no trailers";
  const trailers = result.val.val === undefined ? [] : entriesOf(result.val.val);
  return { status: response.status(), headers: entriesOf(response.headers()), size, trailers };
}

export const probe = {
  echo: (value: string) => value,
  fail(code: number): number {
    throw { tag: "later", val: code };
  },
  refuse(reason: string): number {
    throw { tag: "permanent-refusal", val: reason };
  },
  trap(): number {
    throw new Error("a guest's own error");
  },
  leave(): void {
    exit({ tag: "err", val: undefined });
  },

  spin(): void {
    for (;;);
  },
  spinFor: spinMs,
  sleepThenSpin(sleep: number, spin: number): void {
    sleepMs(sleep);
    spinMs(spin);
  },
  sleep(ms: number): number {
    const began = Date.now();
    sleepMs(ms);
    return Date.now() - began;
  },
  hoard(): void {
    const hoarded: Fields[] = [];
    const name = "x".repeat(65_536);
    for (;;) hoarded.push(Fields.fromList([[name, encode("y")]]));
  },

  hoardFields(): void {
    const hoarded: Fields[] = [];
    const value = encode("x".repeat(65_536));
    for (;;) hoarded.push(Fields.fromList([["y", value]]));
  },
  fieldsInTurn(count: number): void {
    const value = encode("x".repeat(65_536));
    for (let i = 0; i < count; i++) {
      const request = new OutgoingRequest(Fields.fromList([["y", value]]));
      request.headers()[Symbol.dispose]();
      request[Symbol.dispose]();
    }
  },

  say(out: string, err: string): void {
    getStdout().blockingWriteAndFlush(encode(out));
    getStderr().blockingWriteAndFlush(encode(err));
  },
  levels(message: string): void {
    for (const log of [trace, debug, info, warn, error]) log(message);
  },
  chatter(lines: number, length: number): void {
    const line = "x".repeat(length);
    for (let i = 0; i < lines; i++) info(line);
  },
  surroundings: () => [
    `${getEnvironment().length} ${getArguments().length} ${String(initialCwd())} ${getDirectories().length}`,
    attempt(() => getStdin().blockingRead(10n)),
    attempt(() => createTcpSocket("ipv4")),
  ],
  environment: () => getEnvironment(),
  timeAndChance: () => {
    const { seconds, nanoseconds: part } = wallNow();
    const random = [getRandomU64(), getInsecureRandomU64(), ...insecureSeed(), ...getRandomBytes(4n)];
    return [seconds, part, monotonicNow(), ...random].map(String);
  },

  fields: () => [
    attempt(() => new Fields().append("a b", encode("x"))),
    attempt(() => new Fields().append("Host", encode("x"))),
    attempt(() => new Fields().append("a", encode("x\r\ny: z"))),
    attempt(() => {
      const fields = Fields.fromList([["A", encode("1")]]);
      fields.append("a", encode("2"));
      fields.set("b", [encode("3")]);
      fields.delete("B");
      return `${String(fields.get("a").map(decode))} ${fields.has("b")} ${fields
        .entries()
        .map(([name]) => name)
        .join()}`;
    }),
    attempt(() => new OutgoingRequest(new Fields()).headers().append("a", encode("1"))),
    attempt(() => new OutgoingRequest(new Fields()).headers().clone().append("a", encode("1"))),
    attempt(() => new OutgoingRequest(new Fields()).setAuthority("user@host")),
    attempt(() => new OutgoingRequest(new Fields()).setPathWithQuery("/a b")),
    attempt(() => new OutgoingRequest(new Fields()).setMethod({ tag: "other", val: "A B" })),
  ],
  async fetchText(url: string): Promise<string> {
    try {
      const response = await fetch(url);
      return `${response.status} ${await response.text()}`;
    } catch (error) {
      throw String(error);
    }
  },
  async spend(url: string, variable: string): Promise<string> {
    const [, value = ""] = getEnvironment().find(([name]) => name === variable) ?? [];
    info(`spending ${value}`);
    const headers = { authorization: `Bearer ${value}`, "content-type": "application/json" };
    try {
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ key: value }) });
      const text = await response.text();
      info(`got ${text}`);
      return text;
    } catch (error) {
      throw String(error);
    }
  },
  get: (authority: string, path: string, limits: TimeLimits) =>
    withErrText(() => {
      const options = new RequestOptions();
      if (limits.connect !== undefined) options.setConnectTimeout(nanoseconds(limits.connect));
      if (limits.firstByte !== undefined) options.setFirstByteTimeout(nanoseconds(limits.firstByte));
      if (limits.betweenBytes !== undefined) options.setBetweenBytesTimeout(nanoseconds(limits.betweenBytes));
      return received(awaited(handle(requestTo(authority, path), options)));
    }),
  send: (authority: string, method: string, scheme: string) =>
    withErrText(() => {
      const request = requestTo(authority, "/", { tag: "other", val: method });
      if (scheme !== "http") request.setScheme(scheme === "" ? undefined : { tag: "other", val: scheme });
      return received(awaited(handle(request, undefined)));
    }),
  converse: ({ scheme, authority, path, method, headers, body: chunks, flushed, trailers }: Asked) =>
    withErrText(() => {
      const request = requestTo(authority, path, { tag: "other", val: method }, headers);
      request.setScheme({ tag: scheme === "http" ? "HTTP" : "HTTPS" });
      const body = chunks && request.body();
      const stream = body?.write();
      const future = handle(request, undefined);
      for (const chunk of chunks ?? []) {
        if (flushed) stream?.blockingWriteAndFlush(encode(chunk));
        else stream?.write(encode(chunk));
      }
      stream?.[Symbol.dispose]();
      if (body) OutgoingBody.finish(body, trailers.length === 0 ? undefined : Fields.fromList(encoded(trailers)));
      let text = "";
      const response = received(awaited(future), (bytes) => {
        text += decode(bytes);
      });
      return { ...response, text };
    }),
  follow: (authority: string, path: string) =>
    withErrText(() => {
      const response = awaited(handle(requestTo(authority, path), undefined));
      const [location] = response.headers().get("location");
      const [, next = "", rest = ""] = /^http:\/\/([^/]*)(.*)$/.exec(decode(location)) ?? [];
      return awaited(handle(requestTo(next, rest), undefined)).status();
    }),
  upload: (authority: string, path: string, chunks: number, chunkSize: number, declared: bigint | undefined) =>
    withErrText(() => {
      const headers: Entries = declared === undefined ? [] : [["content-length", String(declared)]];
      const request = requestTo(authority, path, { tag: "post" }, headers);
      const body = request.body();
      const stream = body.write();
      const future = handle(request, undefined);
      const chunk = new Uint8Array(chunkSize).fill(7);
      for (let i = 0; i < chunks; i++) stream.blockingWriteAndFlush(chunk);
      stream[Symbol.dispose]();
      OutgoingBody.finish(body, undefined);
      return received(awaited(future));
    }),
  dropBody: (authority: string, path: string) =>
    withErrText(() => {
      const request = requestTo(authority, path, { tag: "post" });
      const body = request.body();
      const stream = body.write();
      stream.write(encode("half"));
      const future = handle(request, undefined);
      sleepMs(50);
      stream[Symbol.dispose]();
      body[Symbol.dispose]();
      return attempt(() => awaited(future).status());
    }),
  dropResponse: (authority: string, path: string, ms: number) =>
    withErrText(() => {
      const future = handle(requestTo(authority, path), undefined);
      sleepMs(50);
      future[Symbol.dispose]();
      sleepMs(ms);
    }),
  leaveOpen: (authority: string, paths: string[]) =>
    withErrText(() => {
      const futures = paths.map((path) => handle(requestTo(authority, path), undefined));
      sleepMs(50 + futures.length);
    }),
  race: (authority: string, paths: string[]) =>
    withErrText(() => {
      const futures = paths.map((path) => handle(requestTo(authority, path), undefined));
      const order: number[] = [];
      while (order.length < futures.length) {
        const left = futures.map((_, i) => i).filter((i) => !order.includes(i));
        for (const at of poll(left.map((i) => futures[i].subscribe()))) order.push(left[at]);
      }
      return Uint32Array.from(order);
    }),
};
