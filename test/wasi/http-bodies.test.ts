import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadComponent } from "../../host/component/component.ts";
import { HttpClient } from "../../host/component/wasi/http-client.ts";
import type { LoadedComponent } from "../../host/ports/components.ts";
import { probe } from "../support/probe.ts";
import { type Answered, type Asked, ask, type GuestOptions, startGuest } from "../support/probe-guest.ts";
import { WebService } from "../support/web-service.ts";

let component: LoadedComponent;
let service: WebService;
let client: HttpClient;

beforeAll(async () => {
  component = loadComponent(await probe());
  service = await WebService.start();
  client = new HttpClient();
});

afterAll(async () => {
  client.close();
  await service.stop();
});

async function converse(path: string, more: Partial<Asked> = {}, limits: GuestOptions["limits"] = {}) {
  const { call, logs } = startGuest(component, client, { allowedHosts: [{ pattern: service.origin }], limits });
  const { tag, val } = await call("converse", ask(service.authority, path, more));
  return tag === "ok" ? { ...(val as Answered), logs } : { err: val, logs };
}

/** What the service got. */
async function told(more: Partial<Asked>) {
  const answer = await converse("/tell", more);
  if (!("text" in answer)) throw new Error(String(answer.err));
  return JSON.parse(Buffer.from(answer.text, "latin1").toString()) as {
    url: string;
    headers: string[];
    trailers: string[];
    body: string;
  };
}

const header = (headers: readonly string[], name: string) =>
  headers.flatMap((each, at) => (at % 2 === 0 && each.toLowerCase() === name ? [headers[at + 1]] : []));

describe("trailers", () => {
  test.each([
    ["at once", false],
    ["as it is written", true],
  ])("follow a body that is sent %s", async (_how, flushed) => {
    const got = await told({ method: "POST", body: ["abc", "def"], flushed, trailers: [["x-sum", "6"]] });
    expect(got).toMatchObject({ body: "abcdef", trailers: ["x-sum", "6"] });
    expect(header(got.headers, "transfer-encoding")).toEqual(["chunked"]);
  });

  test("may follow a body that is empty", async () => {
    expect(await told({ method: "POST", body: [], trailers: [["a", "1"]] })).toMatchObject({ trailers: ["a", "1"] });
  });

  test("can't follow a body whose length was declared", async () => {
    const asked: Partial<Asked> = {
      method: "POST",
      headers: [["content-length", "3"]],
      body: ["abc"],
      trailers: [["a", "1"]],
    };
    expect(await converse("/tell", asked)).toMatchObject({ err: expect.stringContaining("trailers") as string });
  });

  test("of more than 64 KiB are refused", async () => {
    const trailers = Array.from({ length: 9 }, (_, i): [string, string] => [`x-${i}`, "y".repeat(8_000)]);
    const answer = await converse("/tell", { method: "POST", body: ["abc"], trailers });
    expect(answer).toMatchObject({ err: "HTTP-request-trailer-section-size(72063)" });
  });
});

describe("a body's size", () => {
  test("is bounded on the way out", async () => {
    const asked: Partial<Asked> = { method: "POST", body: ["x".repeat(600), "x".repeat(600)], flushed: true };
    const { logs, ...rest } = await converse("/tell", asked, { requestBytesMax: 1_000 });
    expect(rest).toMatchObject({ err: expect.stringContaining("last-operation-failed") as string });
    expect(logs).toEqual([expect.stringContaining("larger than the 1000 bytes")]);
    expect(await converse("/tell", asked, { requestBytesMax: 1_200 })).toMatchObject({ status: 200 });
  });

  test("is bounded on the way in", async () => {
    const { logs, ...rest } = await converse("/big", {}, { responseBytesMax: 100_000 });
    expect(rest).toEqual({ err: expect.stringMatching(/^body: HTTP-response-body-size\(\d+\)$/) as string });
    expect(logs).toEqual([expect.stringContaining("larger than the 100000 bytes")]);
  });
});

describe("a header section", () => {
  test("of more than 64 KiB is refused on the way out", async () => {
    const headers = Array.from({ length: 9 }, (_, i): [string, string] => [`x-${i}`, "y".repeat(8_000)]);
    expect(await converse("/tell", { headers })).toMatchObject({ err: "HTTP-request-header-section-size(72063)" });
  });

  test("of more than 64 KiB is refused on the way in", async () => {
    expect(await converse("/many-headers?size=60000")).toMatchObject({ status: 200 });
    expect(await converse("/many-headers?size=70000")).toMatchObject({ err: "HTTP-response-header-section-size" });
  });
});

describe("the length of a body", () => {
  test.each([[["5", "5"]], [["5", "6"]], [["+5"]], [["5, 5"]], [["0x5"]], [[""]], [["5 5"]]])(
    "declared as %j is refused, since others may take it for another",
    async (lengths) => {
      const headers = lengths.map((length): [string, string] => ["content-length", length]);
      expect(await converse("/tell", { method: "POST", headers, body: ["abcde"] })).toMatchObject({
        err: "HTTP-protocol-error",
      });
    },
  );

  test("is declared for nothing only when it is nothing", async () => {
    expect(await converse("/tell", { headers: [["content-length", "5"]] })).toMatchObject({
      err: "HTTP-request-body-size(5)",
    });
    expect(header((await told({ method: "POST" })).headers, "content-length")).toEqual(["0"]);
    expect(header((await told({ method: "GET" })).headers, "content-length")).toEqual([]);
    expect(header((await told({ method: "GET", body: ["abc"] })).headers, "content-length")).toEqual(["3"]);
  });

  test("is not known of one that is flushed while it is written", async () => {
    const got = await told({ method: "DELETE", body: ["abc", "def"], flushed: true });
    expect(got.body).toBe("abcdef");
    expect(header(got.headers, "transfer-encoding")).toEqual(["chunked"]);
  });
});

test("a request names its host, and the connection is kept", async () => {
  const { headers } = await told({ headers: [["X-Given", "é"]] });
  expect(header(headers, "host")).toEqual([service.authority]);
  expect(header(headers, "connection")).toEqual(["keep-alive"]);
  expect(header(headers, "x-given")).toEqual(["é"]);
  expect(headers.length).toBe(6);
});

test("a service that changes the protocol is not followed", async () => {
  const before = service.broken.length;
  expect(await converse("/upgrade")).toMatchObject({ err: "HTTP-protocol-error" });
  await service.until(() => service.broken.length > before);
  expect(service.broken.at(-1)).toBe("/upgrade");
});

test("a path is sent as it was checked", async () => {
  const { call } = startGuest(component, client, {
    allowedHosts: [{ pattern: service.origin, requestUrlRegex: `^GET ${service.origin}/(tell|x)$` }],
  });
  const answered = (await call("converse", ask(service.authority, "/secret/../tell?a=/../b"))).val as Answered;
  expect(JSON.parse(answered.text)).toMatchObject({ url: "/tell?a=/../b" });
  expect(await call("converse", ask(service.authority, "/tell/../secret"))).toEqual({
    tag: "err",
    val: "HTTP-request-denied",
  });
});
