/** The command as a user types it: the built `bin/stele.js` in a process of its own, on real folders. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GuestName } from "../../components/guests.ts";
import { digestOf } from "../../host/component/component.ts";
import type { StoredComponent } from "../../host/ports/journal.ts";
import { startStele } from "../support/cli.ts";
import { changesOf, readGolden, toldBy } from "../support/golden.ts";
import { guest } from "../support/guests.ts";
import { writeUnits } from "../support/rig.ts";

const root = resolve(import.meta.dirname, "../..");
const id = "E_01K42AJA8QHD7D3GTJAYMASFY0";
const folder = mkdtempSync(join(tmpdir(), "stele-cli-"));
const manifest = join(folder, "deployment.toml");
const data = join(folder, "data");

const start = (args: readonly string[], node?: string) => startStele(folder, args, {}, node);
const stele = (...args: string[]) => start(args).ended;

function component(name: string): string {
  return JSON.stringify(join(root, "build/components", `${name}.wasm`));
}

beforeAll(async () => {
  writeFileSync(
    manifest,
    `[[workflow_wasm]]
name = "flows"
location = ${component("workflow")}
[[workflow_wasm]]
name = "tiny"
location = ${component("tiny-workflow")}
[[workflow_wasm]]
name = "child"
location = ${component("child-workflow")}
[[activity_wasm]]
name = "activities"
location = ${component("activity")}
max_retries = 1
[[activity_wasm]]
name = "acts"
location = ${component("tiny-activity")}
max_retries = 0
`,
  );
  const made = await stele("run", "-d", manifest, "--data", data, "--execution-id", id, ".../flow.run", '[2, "pad"]');
  expect(made).toMatchObject({ code: 0, out: "ok 2\n" });
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("help", () => {
  test.each([
    "run",
    "resume",
    "list",
    "show",
    "events",
    "logs",
    "replay",
    "check",
    "state",
    "signal",
    "upgrade",
    "build",
  ])("stele %s --help shows an example", async (command) => {
    const { code, out } = await stele(command, "--help");
    expect(code).toBe(0);
    expect(out).toContain("Usage: stele");
    expect(out).toContain(`stele ${command}`);
  });

  test.each([[["frobnicate"]], [["list"]], [["run", "--data", data]], [["list", "--data", data, "--limit", "none"]]])(
    "%j is wrong usage",
    async (args) => {
      const { code, err } = await start(args).ended;
      expect(code).toBe(2);
      expect(err).toContain("error:");
    },
  );
});

describe("run", () => {
  test.each<[string, string, string, number, RegExp]>([
    ["ok", ".../flow.nothing", "[]", 0, /^ok null$/m],
    ["the function's own err", ".../flows.fail", '["no"]', 1, /^err \{"refused":"no"\}$/m],
    ["a platform failure", ".../flows.trap", "[]", 3, /^uncategorized /m],
  ])("%s", async (_, name, params, code, out) => {
    const ended = await stele("run", "--data", data, name, params);
    expect(ended).toMatchObject({ code, out: expect.stringMatching(out) as string });
  });

  test.each<[string, string[], RegExp]>([
    ["an unknown function", [".../flow.nothign"], /did you mean .*nothing/],
    ["a wrong parameter, with its path", [".../flow.run", '[-1, "x"]'], /params\[0\]: -1 does not fit u32/],
    ["too few parameters", [".../flow.run", "[1]"], /steps: u32, payload: string/],
    ["parameters that are not JSON", [".../flow.run", "[1"], /not JSON/],
    ["parameters that are not an array", [".../flow.run", "1"], /'\[1\]'/],
    ["an id that is none", ["--execution-id", "E_1", ".../flow.nothing"], /execution id/],
    ["an id taken with other parameters", ["--execution-id", id, ".../flow.run", '[3, "pad"]'], /other parameters/],
    ["an id taken by another function", ["--execution-id", id, ".../flow.nothing"], /another function: .*flow.*run/],
    [
      "parameters beyond the limit",
      ["--payload-bytes-max", "10", ".../flow.run", '[3, "pad pad"]'],
      /at most 10 bytes/,
    ],
    ["a manifest that is not there", ["-d", "nowhere.toml", ".../flow.nothing"], /nowhere\.toml/],
  ])("%s ends with 2 and a message", async (_, args, message) => {
    const { code, err } = await stele("run", "--data", data, ...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err).not.toContain("bug in Stele");
  });

  test("without a deployment says that there is none", async () => {
    const { code, err } = await stele("run", "--data", join(folder, "bare"), ".../flow.nothing");
    expect(code).toBe(2);
    expect(err).toMatch(/holds no deployment[^]*hint: .*deployment\.toml/);
    expect(await stele("resume", "--data", join(folder, "bare"))).toMatchObject({
      code: 0,
      out: "nothing is unfinished\n",
    });
  });

  test("under the same id twice is the same execution", async () => {
    const before = await stele("list", "--data", data, "--json", "--limit", "1000");
    const again = await stele("run", "--data", data, "--json", "--execution-id", id, ".../flow.run", '[2, "pad"]');
    expect(JSON.parse(again.out)).toEqual({ id, outcome: { ok: 2 } });
    const after = await stele("list", "--data", data, "--json", "--limit", "1000");
    expect((JSON.parse(after.out) as unknown[]).length).toBe((JSON.parse(before.out) as unknown[]).length);
  });

  test("asked to stop, says how it goes on; resume finishes it", async () => {
    const own = join(folder, "stopped");
    const run = start([
      "run",
      "-d",
      manifest,
      "--data",
      own,
      "--execution-id",
      id,
      ".../flow.step-sleep-step",
      '[3000, "x"]',
    ]);
    await asleep(own);
    run.child.kill("SIGINT");
    expect(await run.ended).toMatchObject({ code: 130, err: expect.stringContaining("stele resume") as string });
    expect(await stele("resume", "--data", own)).toMatchObject({
      code: 0,
      out: expect.stringContaining("all finished") as string,
    });
    expect((await stele("show", "--data", own, id)).out).toMatch(/result +ok "x"/);
  });
});

describe("reading", () => {
  test("list, show, events and logs say what happened, without colours in a pipe", async () => {
    const outs = await Promise.all([
      stele("list", "--data", data),
      stele("show", "--data", data, id),
      stele("events", "--data", data, id),
      stele("logs", "--data", data, id),
    ]);
    for (const { code, out } of outs) {
      expect(code).toBe(0);
      expect(out).not.toContain("\u001b");
    }
    const [list, show, events, logs] = outs.map(({ out }) => out);
    expect(list).toContain(id);
    expect(show).toMatch(/o:1-step_1 +ok in/);
    expect(events).toMatch(/0 .* created .*\.run\[2,"pad"\]/);
    expect(events).toMatch(/finished +ok 2/);
    expect(logs).toBe("nothing was logged\n");
  });

  test("show tells each attempt that failed, why, and when it was tried again", async () => {
    const tried = "E_01K42AJA8QHD7D3GTJAYMASFY2";
    const { code } = await stele("run", "--data", data, "--execution-id", tried, ".../activities.fail", '["no"]');
    expect(code).toBe(1);
    const { out } = await stele("show", "--data", data, tried);
    expect(out).toMatch(/state +err in .*, 2 attempts/);
    expect(out).toMatch(/attempts +2 of 2\npolicy +up to 2 attempts, 1 min each, backoff 100 ms to 1 min/);
    expect(out).toMatch(/attempt 2 +ended in .* began 20/);
    expect(out).toMatch(/attempt 1 +err in .* the activity returned an err: "no"; tried again at 20/);
    const { out: json } = await stele("show", "--data", data, tried, "--json");
    expect(JSON.parse(json)).toMatchObject({
      attemptsMade: [
        { attempt: 1, failure: { kind: "err", value: "no" } },
        { attempt: 2, failure: null, retryAt: null },
      ],
      activity: { attemptsMax: 2, waits: null },
    });
  });

  test("every command prints one JSON document", async () => {
    const read = async (...args: string[]) =>
      JSON.parse((await stele(...args, "--data", data, "--json")).out) as unknown;
    expect(await read("show", id)).toMatchObject({
      id,
      status: "finished",
      result: { ok: 2 },
      children: [{ outcome: "ok" }, {}],
    });
    expect(await read("events", id)).toMatchObject([
      { kind: "created", version: 0 },
      {},
      {},
      {},
      {},
      { kind: "finished" },
    ]);
    expect(await read("logs", id)).toEqual([]);
    expect(await read("replay", id)).toMatchObject({ kind: "matches", events: 6, outcome: { ok: 2 } });
    expect(await read("check")).toEqual({ sound: true, problems: [], cuts: [] });
    expect(await read("list", "--limit", "1")).toHaveLength(1);
  });

  test("a folder without a journal, an id without an execution, an activity to be replayed", async () => {
    const [missing, unknown, activity] = await Promise.all([
      stele("list", "--data", join(folder, "empty"), "--json"),
      stele("show", "--data", data, "E_01K42AJA8QHD7D3GTJAYMASFYZ"),
      stele("replay", "--data", data, `${id}.o:1-step_1`),
    ]);
    expect(missing.code).toBe(2);
    expect(JSON.parse(missing.out)).toMatchObject({ error: { code: "journal-missing" } });
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining("there is no execution") as string });
    expect(activity).toMatchObject({ code: 2, err: expect.stringContaining("is an activity") as string });
  });

  test("a live folder can be read, and is not given to a second host, who is told of the first", async () => {
    const own = join(folder, "live");
    const run = start(["run", "-d", manifest, "--data", own, "--execution-id", id, ".../flow.sleep", "[60000]"]);
    await asleep(own);
    const [shown, second] = await Promise.all([stele("show", "--data", own, id), stele("resume", "--data", own)]);
    expect(shown.out).toContain("(a delay until");
    expect(second.code).toBe(2);
    expect(second.err).toContain(`pid ${run.child.pid}`);
    run.child.kill("SIGTERM");
    expect((await run.ended).code).toBe(143);
  });
});

describe("a damaged journal", () => {
  test("check names the execution; the others stay readable", async () => {
    const own = join(folder, "damaged");
    for (const execution of [id, "E_01K42AJA8QHD7D3GTJAYMASFY1"]) {
      await stele("run", "-d", manifest, "--data", own, "--execution-id", execution, ".../flow.nothing");
    }
    const db = new Database(join(own, "journal.sqlite"));
    const damage = "update event set body = replace(body, 'nothing', 'nothinG') where version = 0 and execution = ?";
    db.prepare(damage).run(db.prepare("select key from execution where id = ?").pluck().get(id));
    db.close();
    const check = await stele("check", "--data", own);
    expect(check.code).toBe(1);
    expect(check.out).toContain(id);
    const [damaged, sound] = await Promise.all([
      stele("events", "--data", own, id),
      stele("events", "--data", own, "E_01K42AJA8QHD7D3GTJAYMASFY1"),
    ]);
    expect(damaged).toMatchObject({ code: 2, err: expect.stringContaining("version 0") as string });
    expect(sound.code).toBe(0);
  });

  test("a file that is no database, and one of a newer format", async () => {
    const own = join(folder, "foreign");
    mkdirSync(own);
    writeFileSync(join(own, "journal.sqlite"), "this is not a database, whatever its name says".repeat(50));
    expect(await stele("list", "--data", own)).toMatchObject({
      code: 2,
      err: expect.stringContaining("not an SQLite") as string,
    });
    const newer = new Database(join(folder, "live", "journal.sqlite"));
    newer.pragma("user_version = 99");
    newer.close();
    const ended = await stele("run", "--data", join(folder, "live"), ".../flow.nothing");
    expect(ended).toMatchObject({ code: 2, err: expect.stringContaining("format 99") as string });
  });
});

describe("replay of a history", () => {
  test("that its component does not follow shows both sides and ends with 1", async () => {
    const own = join(folder, "diverged");
    mkdirSync(own);
    const components = [
      { ...stored("workflow-changed"), name: "workflow" },
      { ...stored("activity"), name: "activity" },
    ];
    await writeUnits(own, changesOf(toldBy(components, readGolden("sleep-between-steps"))), components);
    const [recorded, attempted] = [
      "delay of 1000 milliseconds in join set o:2-nap",
      'call test:guests/activities@0.1.0.echo["second"] in join set o:2-echo',
    ];
    expect(await stele("check", "--data", own)).toMatchObject({ code: 0 });
    expect(await stele("replay", "--data", own, id)).toEqual({
      code: 1,
      out: `differs at version 3\n  recorded:  ${recorded}\n  attempted: ${attempted}\n`,
      err: "",
    });
    const json = await stele("replay", "--data", own, "--json", id);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toEqual({ kind: "diverged", version: 3, recorded, attempted });
  });

  test("whose component has other bytes than its digest says is refused before anything runs", async () => {
    const own = join(folder, "other-bytes");
    await stele("run", "-d", manifest, "--data", own, "--execution-id", id, ".../flows.versioned");
    const db = new Database(join(own, "journal.sqlite"));
    db.prepare("update component set bytes = ? where name = 'flows'").run(stored("workflow-changed").bytes);
    db.close();
    const ended = await stele("replay", "--data", own, id);
    expect(ended).toMatchObject({ code: 2, err: expect.stringContaining("other bytes") as string });
  });
});

/** A built guest as a journal stores it. */
function stored(name: GuestName): StoredComponent {
  const { kind, bytes } = guest(name);
  return { name, kind, bytes, digest: digestOf(bytes) };
}

test("a build that fails leaves nothing and says where", async () => {
  writeFileSync(join(folder, "bad.wit"), "package a:b;\nworld w { export broken }\n");
  const ended = await stele("build", "bad.ts", "--wit", "bad.wit", "-o", "bad.wasm");
  expect(ended.code).toBe(2);
  expect(ended.err).toMatch(/bad\.(ts|wit)/);
});

const systemNode = "/usr/bin/node";
const old = await oldNode();
test.skipIf(old === undefined)(`a Node without JSPI (${old ?? "none here"}) is told what is needed`, async () => {
  const { code, err } = await start(["list"], systemNode).ended;
  expect(code).toBe(2);
  expect(err).toContain("needs Node 24.20 or newer");
  expect(err).toContain("npm install --save-dev node@26");
});

async function oldNode(): Promise<string | undefined> {
  const version = await new Promise<string>((done) => {
    const child = spawn(systemNode, ["--version"]);
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.on("error", () => done(""));
    child.on("close", () => done(out.trim()));
  });
  return /^v(1|20|22)/.test(version) ? version : undefined;
}

/** Waits until the execution of the folder's host sleeps. */
async function asleep(own: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const { code, out } = await stele("show", "--data", own, id, "--json");
    if (code === 0 && (JSON.parse(out) as { wakeAt: number | null }).wakeAt !== null) return;
  }
  throw new Error("it does not go to sleep");
}
