/** What runs is changed from the command line, as a user types it: nothing else has to be running. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHost } from "../../host/index.ts";
import { startStele } from "../support/cli.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "stele-cli-changes-"));
const manifest = join(folder, "deployment.toml");
const id = "E_01K42AJA8QHD7D3GTJAYMASFY0";
const other = "E_01K42AJA8QHD7D3GTJAYMASFY1";
let data: string;
let folders = 0;

const start = (...args: string[]) => startStele(folder, args, { STELE_DATA: data });
const stele = (...args: string[]) => start(...args).ended;
const json = async (...args: string[]) => JSON.parse((await stele(...args, "--json")).out) as Record<string, unknown>;
const submit = (...args: string[]) => stele("submit", "-d", manifest, "--execution-id", id, ...args);
const says = (text: string) => expect.stringContaining(text) as string;

/** Lets a host run until the execution is in this state, then stops it. */
async function runUntil(execution: string, status: string): Promise<void> {
  const { child, ended } = start("resume");
  try {
    for (let tries = 0; tries < 400; tries++) {
      const { code, out } = await stele("show", execution, "--json");
      if (code === 0 && (JSON.parse(out) as { status: string }).status === status) return;
    }
    throw new Error(`${execution} is never ${status}`);
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

beforeAll(async () => {
  cpSync(join(root, "components/wit/deps/contract-guests"), join(folder, "wit/deps/contract-guests"), {
    recursive: true,
  });
  const worlds = "package my:worlds;\nworld approver { export contract:guests/approval@1.0.0; }\n";
  writeFileSync(join(folder, "wit/worlds.wit"), worlds);
  data = join(folder, "none");
  const built = await stele("build", "--stub", "--wit", "wit", "--world", "approver", "-o", "approvals.wasm");
  expect(built).toMatchObject({ code: 0, out: says("approver, as a stub") });
  const component = (name: string) => JSON.stringify(join(root, "build/components", `${name}.wasm`));
  writeFileSync(
    manifest,
    `[[workflow_wasm]]
name = "script"
location = ${component("script-c")}

[[activity_external]]
name = "work"
location = ${component("work")}
max_retries = 1
retry_exp_backoff.milliseconds = 1

[[activity_stub]]
name = "approvals"
location = "approvals.wasm"
`,
  );
}, 60_000);

beforeEach(() => {
  data = join(folder, `data-${++folders}`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Waits for an approval, for a delay, and for a child that takes an hour. */
const waiting = JSON.stringify([
  [
    "named 1 a",
    'submit 1 approval approve ["order"]',
    "delay 1 in:d:1",
    'submit 1 script run ["sleep in:h:1"]',
    "next 1",
    "next 1",
    "return done",
  ].join("\n"),
]);

describe("help", () => {
  test.each(["submit", "cancel", "pause", "unpause", "stub"])("stele %s --help shows an example", async (command) => {
    const { code, out } = await stele(command, "--help");
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`Examples?: stele ${command} `));
  });
});

describe("submit", () => {
  test("records an execution, which the next host runs; again it changes nothing", async () => {
    expect(await submit(".../script.run", '["return done"]')).toEqual({ code: 0, out: `${id} pending\n`, err: "" });
    expect(await submit(".../script.run", '["return done"]')).toMatchObject({ code: 0, out: `${id} pending\n` });
    expect(await json("list")).toHaveLength(1);
    expect(await stele("resume")).toMatchObject({ code: 0 });
    expect((await stele("show", id)).out).toMatch(/result +ok "done"/);
    expect(await submit(".../script.run", '["return done"]')).toMatchObject({ code: 0, out: `${id} ok\n` });
  });

  test.each<[string, (now: number) => number]>([
    ["2100-01-31T09:00:00Z", () => Date.UTC(2100, 0, 31, 9)],
    ["2100-01-31T09:00:00.5+02:00", () => Date.UTC(2100, 0, 31, 7) + 500],
    ["+90s", (now) => now + 90_000],
    ["+5m", (now) => now + 300_000],
    ["+2h", (now) => now + 7_200_000],
    ["+1d", (now) => now + 86_400_000],
  ])("--at %s schedules it", async (at, expected) => {
    const before = expected(Date.now());
    const row = await json("submit", "-d", manifest, "--at", at, ".../script.run", '["id"]');
    const { wakeAt } = row;
    expect(row).toMatchObject({ status: "pending" });
    expect(wakeAt).toBeGreaterThanOrEqual(before);
    expect(wakeAt).toBeLessThanOrEqual(expected(Date.now()));
    const time = new Date(Number(wakeAt)).toISOString();
    expect((await stele("list")).out).toContain(`scheduled (until ${time})`);
    expect((await stele("events", String(row["id"]))).out).toContain(`not before ${time}`);
  });

  test("a time that is over means now", async () => {
    expect(await submit("--at", "2001-01-01T00:00:00Z", ".../script.run", '["id"]')).toMatchObject({
      out: `${id} pending\n`,
    });
    expect(await stele("resume")).toMatchObject({ code: 0, out: says("all finished") });
  });

  test.each<[string, string[], string]>([
    ["a time without a zone", ["--at", "2100-01-31T09:00:00", ".../script.run", '["id"]'], "a time is wanted"],
    ["a day that is none", ["--at", "2100-02-31T99:00:00Z", ".../script.run", '["id"]'], "a time is wanted"],
    ["a word", ["--at", "tomorrow", ".../script.run", '["id"]'], "a time is wanted"],
    ["an unknown function", [".../script.walk", "[]"], "did you mean"],
    ["a wrong parameter", [".../script.run", "[1]"], "params[0]"],
    ["parameters that are no JSON", [".../script.run", "[1"], "not JSON"],
    ["the id of a child", ["--execution-id", `${id}.n:a_1`, ".../script.run", '["id"]'], "the id of a child"],
  ])("%s ends with 2", async (_, args, message) => {
    expect(await submit(...args)).toMatchObject({ code: 2, err: says(message) });
  });

  test("an id that is taken for other work ends with 2", async () => {
    await submit(".../script.run", '["id"]');
    expect(await submit(".../script.run", '["return 1"]')).toMatchObject({ code: 2, err: says("other parameters") });
  });
});

describe("a workflow that waits for a person, a delay and a child", () => {
  beforeEach(async () => {
    await submit(".../script.run", waiting);
    await runUntil(id, "blocked");
  });

  test("is shown with all of it, with the ids to change it by", async () => {
    const [show, events] = await Promise.all([stele("show", id), stele("events", id)]);
    expect(show.out).toMatch(/state +waits for n:a \(a delay until 20/);
    expect(show.out).toMatch(new RegExp(`n:a_1 +delay \\(until 20.*\\) +D_${id.slice(2)}\\.n:a_1`));
    expect(show.out).toMatch(/n:a_1 +pending/);
    expect(show.out).toMatch(/n:a_2 +waits for o:1 /);
    expect(events.out).toMatch(/delay-submitted .* due 20.*: D_/);
    expect(events.out).toMatch(/next-awaited +await join set n:a/);
  });

  test("goes on with what was written and cancelled while nothing ran, once it is unpaused", async () => {
    expect(await stele("pause", id)).toEqual({ code: 0, out: `${id} paused\n`, err: "" });
    expect(await stele("stub", `${id}.n:a_1`, '{"ok": "granted"}')).toMatchObject({ code: 0, out: `${id}.n:a_1 ok\n` });
    const delay = `D_${id.slice(2)}.n:a_1`;
    expect(await stele("cancel", delay)).toEqual({ code: 0, out: `${delay} cancelled\n`, err: "" });
    expect(await json("cancel", delay)).toEqual({ id: delay, cancelled: false });
    expect(await stele("cancel", `${id}.n:a_2`)).toMatchObject({ code: 0 });
    expect(await json("show", id)).toMatchObject({ status: "paused" });
    expect(await stele("unpause", id)).toMatchObject({ code: 0 });
    expect(await stele("resume")).toMatchObject({ code: 0, out: says("all finished") });
    expect((await stele("show", id)).out).toMatch(/result +ok "done"/);
    expect(await stele("check")).toMatchObject({ code: 0 });
  });

  test("that is cancelled waits for the child that must not be", async () => {
    expect(await stele("cancel", id, "--reason", "ordered twice")).toEqual({
      code: 0,
      out: `${id} cancelling\n`,
      err: "",
    });
    expect((await stele("list", "--status", "cancelling")).out).toContain(id);
    expect((await stele("show", id)).out).toMatch(/n:a_1 +delay, cancelled/);
    expect((await stele("events", id)).out).toMatch(/ended +cancelled ordered twice/);
    expect(await stele("cancel", `${id}.n:a_2`)).toMatchObject({ out: `${id}.n:a_2 cancelled\n` });
    expect(await json("show", id)).toMatchObject({
      status: "finished",
      result: { failure: "cancelled", reason: "ordered twice" },
      delays: [{ state: "cancelled" }],
      children: [{ outcome: "cancelled" }, { outcome: "cancelled" }],
    });
    expect(await stele("cancel", id)).toMatchObject({ code: 0, out: `${id} cancelled\n` });
    expect(await stele("check")).toMatchObject({ code: 0 });
  });

  test.each<[string, string[], string]>([
    ["a result that is not of the type", ["stub", `${id}.n:a_1`, '{"ok": 3}'], "result.ok: found 3, wanted string"],
    ["a result that is no JSON", ["stub", `${id}.n:a_1`, "ok"], "not JSON"],
    ["a result of a workflow", ["stub", id, '{"ok": "x"}'], "no stub or external activity"],
    ["a result of what is not there", ["stub", other, '{"ok": "x"}'], "no stub or external activity"],
    ["a delay that is not there", ["cancel", `D_${id.slice(2)}.n:a_2`], "there is no delay"],
    ["an execution that is not there", ["cancel", other], "there is no execution"],
    ["an id that is none", ["pause", "E_1"], "no execution id"],
    ["a delay that is to be paused", ["pause", `D_${id.slice(2)}.n:a_1`], "no execution id"],
    ["one to be unpaused that is not there", ["unpause", other], "there is no execution"],
    ["a folder that is not there", ["pause", id, "--data", "nowhere"], "there is no journal"],
  ])("%s ends with 2", async (_, args, message) => {
    expect(await stele(...args)).toMatchObject({ code: 2, err: says(message) });
  });

  test("a result that is written twice stands as it was first", async () => {
    await stele("stub", `${id}.n:a_1`, '{"err": "no"}');
    expect(await stele("stub", `${id}.n:a_1`, '{"err": "no"}')).toMatchObject({ code: 0, out: `${id}.n:a_1 err\n` });
    expect(await stele("stub", `${id}.n:a_1`, '{"ok": "x"}')).toMatchObject({ code: 2, err: says("another result") });
  });

  test("is not changed under a host that has the folder, and says which", async () => {
    const { child, ended } = start("resume");
    try {
      await new Promise((opened) => child.stdout?.once("data", opened));
      expect(await stele("pause", id)).toMatchObject({ code: 2, err: says(`pid ${child.pid}`) });
    } finally {
      child.kill("SIGTERM");
      await ended;
    }
  });
});

describe("pause", () => {
  test("keeps a host from running what was submitted, until it is unpaused", async () => {
    await submit(".../script.run", '["return done"]');
    expect(await json("pause", id)).toMatchObject({ id, status: "paused" });
    expect((await stele("list", "--status", "paused")).out).toContain(id);
    expect(await stele("unpause", id)).toEqual({
      code: 0,
      out: `${id} goes on with the next host on the folder\n`,
      err: "",
    });
    expect(await stele("resume")).toMatchObject({ code: 0, out: says("all finished") });
    expect(await stele("pause", id)).toMatchObject({ code: 0, out: `${id} ok\n` });
    expect(await stele("unpause", id)).toMatchObject({ code: 0, out: `${id} ok\n` });
  });
});

test("show tells of an external activity's worker, its lease, and those that were lost", async () => {
  await stele("submit", "-d", manifest, "--execution-id", id, ".../work.echo", '["text"]');
  const host = await openHost({ data });
  try {
    let claims = await host.claim({ leaseMs: 60_000 });
    while (claims.length === 0) claims = await host.claim({ leaseMs: 60_000 });
    const [claim] = claims;
    if (claim === undefined) throw new Error("nothing was claimed");
    expect((await stele("show", id)).out).toMatch(/attempt 1 +claimed +a worker's since 20.*, under a lease of 1 min/);
    expect((await stele("events", id)).out).toMatch(/attempt-started +attempt 1, under a lease of 1 min/);
    await host.fail(claim, "no paper");
    expect((await stele("show", id)).out).toMatch(/attempt 1 +failed in .* no paper; tried again at 20/);
  } finally {
    await host.close();
  }
  expect(await stele("stub", id, '{"ok": "by hand"}')).toMatchObject({ code: 0, out: `${id} ok\n` });
});
