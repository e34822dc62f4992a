import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadComponent } from "../../host/component/component.ts";
import { HttpClient } from "../../host/component/wasi/http-client.ts";
import type { AllowedHost, SecretPlace } from "../../host/core/deployment.ts";
import type { Secret } from "../../host/ports/activities.ts";
import type { LoadedComponent } from "../../host/ports/components.ts";
import { probe } from "../support/probe.ts";
import { type Answered, type Asked, ask, type GuestOptions, startGuest } from "../support/probe-guest.ts";
import { formsOf } from "../support/secret-forms.ts";
import { bodyOf, WebService } from "../support/web-service.ts";

const value = 'tok/en+"é ?&%';
const inLatin1 = Buffer.from(value).toString("latin1");
const everywhere: readonly SecretPlace[] = ["headers", "params", "body"];

let component: LoadedComponent;
let service: WebService;
let client: HttpClient;

beforeAll(async () => {
  component = loadComponent(await probe());
  client = new HttpClient();
});

beforeEach(async () => {
  service = await WebService.start();
  return () => service.stop();
});

afterAll(() => client.close());

const rule = (more: Partial<AllowedHost> = {}): AllowedHost => ({
  pattern: service.origin,
  secrets: ["TOKEN"],
  replaceIn: everywhere,
  ...more,
});
const secret = (more: Partial<Secret> = {}): Secret => ({
  name: "TOKEN",
  value,
  allowedHosts: [{ pattern: service.origin }],
  replaceIn: everywhere,
  ...more,
});

/** A guest that has been given the secret, and its placeholder. */
async function secretGuest(options: GuestOptions = {}) {
  const guest = startGuest(component, client, { allowedHosts: [rule()], secrets: [secret()], ...options });
  const environment = (await guest.call("environment")).val as [string, string][];
  const placeholder = environment.find(([name]) => name === "TOKEN")?.[1] ?? "";
  const converse = async (path: string, more: Partial<Asked> = {}) =>
    guest.call("converse", ask(service.authority, path, more));
  return { ...guest, environment, placeholder, converse };
}

/** What the service received last. */
const arrived = () => service.seen.at(-1);

/** Fails when any form of the value is in what the guest or its log got. */
function expectHidden(...came: unknown[]): void {
  const text = JSON.stringify(came);
  for (const form of formsOf(value).flatMap(([, each]) => [each, Buffer.from(each).toString("latin1")])) {
    expect(text).not.toContain(JSON.stringify(form).slice(1, -1));
  }
}

describe("a placeholder", () => {
  test("is all that the guest has, and another for each attempt", async () => {
    const { environment, placeholder } = await secretGuest();
    expect(environment.length).toBe(1);
    expect(placeholder).toMatch(/^stele-secret-[0-9a-f]{32}$/);
    expect((await secretGuest()).placeholder).not.toBe(placeholder);
  });

  test("of another attempt means nothing", async () => {
    const { placeholder } = await secretGuest();
    const { converse, logs } = await secretGuest();
    await converse("/tell", { headers: [["authorization", placeholder]] });
    expect(arrived()?.headers.authorization).toBe(placeholder);
    expect(logs).toEqual([]);
  });
});

describe("a secret is sent", () => {
  test("in headers", async () => {
    const { converse, placeholder, logs } = await secretGuest();
    const result = await converse("/", { headers: [["authorization", `Bearer ${placeholder}, ${placeholder}`]] });
    expect(arrived()?.headers.authorization).toBe(`Bearer ${inLatin1}, ${inLatin1}`);
    expectHidden(result, logs);
  });

  test("in the values of a query", async () => {
    const { converse, placeholder, logs } = await secretGuest();
    const result = await converse(`/tell?a=1&key=x${placeholder}&b`);
    expect(arrived()?.url).toBe(`/tell?a=1&key=x${encodeURIComponent(value)}&b`);
    expect(new URL(arrived()?.url ?? "", service.origin).searchParams.get("key")).toBe(`x${value}`);
    expectHidden(result, logs);
  });

  test.each([
    ["text/plain", inLatin1],
    ["Text/HTML; Charset=UTF-8", inLatin1],
    ["application/json", JSON.stringify(inLatin1).slice(1, -1)],
    ["application/ld+json; charset=utf-8", JSON.stringify(inLatin1).slice(1, -1)],
    ["application/x-www-form-urlencoded", "tok%2Fen%2B%22%C3%A9+%3F%26%25"],
  ])("in a body of the type %s, as it is written there", async (type, written) => {
    for (const flushed of [false, true]) {
      const { converse, placeholder, logs } = await secretGuest();
      const body = [`a${placeholder}${placeholder.slice(0, 5)}`, placeholder.slice(5), "stele-se", "cret-b"];
      const length = body.join("").length;
      const headers: [string, string][] = [["content-type", type]];
      if (!flushed) headers.push(["content-length", `${length}`]);
      const result = await converse("/mirror", { method: "POST", headers, body, flushed });
      expect(bodyOf(arrived())).toBe(`a${written}${written}stele-secret-b`);
      expect(result).toMatchObject({
        tag: "ok",
        val: { text: expect.stringMatching(/^a\*+stele-secret-b$/) as string },
      });
      expectHidden(result, logs);
    }
  });

  test("after a length that was declared for its placeholder", async () => {
    const { converse, placeholder } = await secretGuest();
    const headers: [string, string][] = [
      ["content-type", "text/plain"],
      ["content-length", "45"],
    ];
    const answer = await converse("/mirror", { method: "POST", headers, body: [placeholder], flushed: true });
    expect(answer).toMatchObject({ tag: "ok" });
    expect(bodyOf(arrived())).toBe(inLatin1);
    expect(arrived()?.headers).not.toHaveProperty("content-length");
  });
});

describe("a placeholder is sent as it is, and the log says why,", () => {
  const inHeader = (placeholder: string): Partial<Asked> => ({ headers: [["authorization", placeholder]] });

  test.each<[string, () => GuestOptions, string]>([
    [
      "when the deployment's rule does not list the secret",
      () => ({ allowedHosts: [{ pattern: service.origin, replaceIn: everywhere }] }),
      'add "TOKEN" to the secrets of the allowed_host of the deployment',
    ],
    [
      "when the rule that lists it is another",
      () => ({ allowedHosts: [rule({ secrets: [] }), rule({ pattern: "https://other.test" })] }),
      'add "TOKEN" to the secrets',
    ],
    [
      "when the rule that lists it is for other methods",
      () => ({ allowedHosts: [rule({ secrets: [] }), rule({ methods: ["POST"] })] }),
      'add "TOKEN" to the secrets',
    ],
    [
      "when the deployment does not name the place",
      () => ({ allowedHosts: [rule({ replaceIn: ["body", "params"] })] }),
      'add "headers" to the replace_in of the allowed_host of the deployment',
    ],
    [
      "when the operator lets the secret go elsewhere only",
      () => ({ secrets: [secret({ allowedHosts: [{ pattern: "https://other.test" }] })] }),
      "denied by the operator: add [[secret.allowed_host]]",
    ],
    [
      "when the operator does not name the place",
      () => ({ secrets: [secret({ replaceIn: ["params"] })] }),
      `denied by the operator: add "headers" to the secret's replace_in`,
    ],
  ])("%s", async (_when, options, why) => {
    const { converse, placeholder, logs } = await secretGuest(options());
    const result = await converse("/tell", inHeader(placeholder));
    expect(arrived()?.headers.authorization).toBe(placeholder);
    expect(logs.length).toBe(1);
    expect(logs[0]).toContain(`warn the secret TOKEN was left out of GET ${service.origin}: `);
    expect(logs[0]).toContain(why);
    expectHidden(result, logs);
  });

  test("in a path, in a parameter's name, in trailers", async () => {
    const { converse, placeholder, logs } = await secretGuest();
    await converse(`/tell/${placeholder}?${placeholder}=1&${placeholder}`);
    expect(arrived()?.url).toBe(`/tell/${placeholder}?${placeholder}=1&${placeholder}`);
    const { val } = await converse("/tell", { method: "POST", body: ["x"], trailers: [["x-key", placeholder]] });
    expect(JSON.parse((val as Answered).text)).toMatchObject({ trailers: ["x-key", placeholder] });
    expect(logs.map((line) => line.split(": ")[1])).toEqual([
      "a parameter's name has no secrets",
      "a path has no secrets",
      "trailers have no secrets",
    ]);
  });

  test.each(["application/octet-stream", "text/plain; charset=utf-16", "image/svg+xml", ""])(
    "in a body of the type %j",
    async (type) => {
      const { converse, placeholder, logs } = await secretGuest();
      const headers: [string, string][] = type === "" ? [] : [["content-type", type]];
      await converse("/mirror", { method: "POST", headers, body: ["a", placeholder], flushed: true });
      expect(bodyOf(arrived())).toBe(`a${placeholder}`);
      expect(logs).toEqual([expect.stringContaining("it is no text in UTF-8")]);
    },
  );
});

describe("what comes back", () => {
  test("has no secret that the request had: in no header, no body, no trailer", async () => {
    const { converse, placeholder, logs } = await secretGuest();
    const forms = formsOf(value).map(([, text]) => text);
    const headers: [string, string][] = [
      ["authorization", `Bearer ${placeholder}`],
      ["accept-encoding", "gzip"],
      ["content-type", "application/octet-stream"],
    ];
    const body = [Buffer.from(forms.join("|")).toString("latin1")];
    const result = await converse("/mirror", { method: "POST", headers, body });
    const { text, headers: came, trailers } = result.val as Answered;
    expect(text).toMatch(/^[*|]+$/);
    expect(text.length).toBe(body[0]?.length);
    expect(came).toContainEqual(["x-seen", `Bearer ${"*".repeat(inLatin1.length)}`]);
    expect(trailers).toEqual([["x-body", text]]);
    expect(arrived()?.headers["accept-encoding"]).toBe("identity");
    expectHidden(result, logs);
  });

  test("is refused when it is encoded all the same", async () => {
    const { converse, placeholder, logs } = await secretGuest();
    const sent = await converse("/gzip", { headers: [["authorization", placeholder]] });
    expect(sent).toEqual({ tag: "err", val: "HTTP-response-content-coding(gzip)" });
    expect(logs).toEqual([expect.stringContaining("it is encoded (gzip)")]);
    expect(await converse("/gzip")).toEqual(sent);
  });
});

describe("a part of a response, in which a secret could not be found,", () => {
  const range: Partial<Asked> = {
    headers: [
      ["Range", "bytes=0-3"],
      ["if-range", '"x"'],
    ],
  };

  test("is not asked for by an attempt with secrets", async () => {
    const { converse, logs } = await secretGuest();
    expect(await converse("/tell", range)).toMatchObject({ tag: "ok", val: { status: 200 } });
    expect(arrived()?.headers).not.toHaveProperty("range");
    expect(arrived()?.headers).not.toHaveProperty("if-range");
    expect(logs).toEqual([expect.stringContaining(`the header range was left out of GET ${service.origin}`)]);
  });

  test("is refused when it comes all the same", async () => {
    const { converse, logs } = await secretGuest();
    const refused = "internal-error(the response is refused: it is a part of the whole)";
    expect(await converse("/part")).toEqual({ tag: "err", val: refused });
    expect(logs).toEqual([expect.stringContaining("it is a part of the whole")]);
  });

  test("comes to an attempt without any", async () => {
    const { converse, logs } = await secretGuest({ secrets: [] });
    expect(await converse("/part", range)).toMatchObject({ tag: "ok", val: { status: 206, text: "half" } });
    expect(arrived()?.headers).toMatchObject({ range: "bytes=0-3", "if-range": '"x"' });
    expect(logs).toEqual([]);
  });
});

test("a value that is no header fails the request without being told", async () => {
  const broken = secret({ value: "line\nbreak-and-more" });
  const { converse, placeholder, logs } = await secretGuest({ secrets: [broken] });
  const before = service.seen.length;
  const result = await converse("/tell", { headers: [["authorization", placeholder]] });
  expect(result).toEqual({
    tag: "err",
    val: "internal-error(the secret TOKEN can't stand in the header authorization: it has control characters)",
  });
  expect(service.seen.length).toBe(before);
  expect(JSON.stringify([result, logs])).not.toContain("break-and-more");
});

test("several secrets go each to its own host", async () => {
  const other = await WebService.start();
  try {
    const to = (name: string, pattern: string) => ({ pattern, secrets: [name], replaceIn: everywhere });
    const of = (name: string, origin: string) =>
      secret({ name, value: `value-of-${name}`, allowedHosts: [{ pattern: origin }] });
    const { call, environment } = await secretGuest({
      allowedHosts: [to("A", service.origin), to("B", other.origin)],
      secrets: [of("A", service.origin), of("B", other.origin)],
    });
    const headers: [string, string][] = environment.map(([name, placeholder]) => [`x-${name}`, placeholder]);
    for (const { authority } of [service, other]) await call("converse", ask(authority, "/", { headers }));
    const [a, b] = environment.map(([, placeholder]) => placeholder);
    expect(service.seen.at(-1)?.headers).toMatchObject({ "x-a": "value-of-A", "x-b": b });
    expect(other.seen.at(-1)?.headers).toMatchObject({ "x-a": a, "x-b": "value-of-B" });
  } finally {
    await other.stop();
  }
});
