/** Signals, state and upgrades, as a user types them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startStele } from "../support/cli.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "stele-cli-channels-"));
const data = join(folder, "data");
const id = "E_01K42AJA8QHD7D3GTJAYMASFY0";
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (...args: string[]) => startStele(folder, args, { STELE_DATA: data });
const stele = (...args: string[]) => start(...args).ended;

function manifest(...workflows: string[]): string {
  const component = (kind: string, name: string) =>
    `[[${kind}_wasm]]\nname = "${name}"\nlocation = ${JSON.stringify(join(root, "build/components", `${name}.wasm`))}\n`;
  const file = join(folder, `${workflows.join("-")}.toml`);
  const flows = workflows.map((name) => component("workflow", name));
  writeFileSync(file, [...flows, component("activity", "activity")].join(""));
  return file;
}

/** Starts a workflow and leaves it when it waits. */
async function leave(name: string, params: string, ...workflows: string[]): Promise<void> {
  const run = start("run", "-d", manifest(...workflows), "--execution-id", id, name, params);
  for (let tries = 0; tries < 400; tries++) {
    const { code, out } = await stele("show", id, "--json");
    if (code === 0 && (JSON.parse(out) as { status: string }).status === "blocked") break;
  }
  run.child.kill("SIGTERM");
  expect((await run.ended).code).toBe(143);
}

test("a workflow gets the signals that were sent while nothing ran, and tells its state", async () => {
  await leave(".../channels.add-up", "[0, 2]", "channels-workflow");
  expect(await stele("state", id)).toMatchObject({ code: 0, out: "nothing was published\n" });
  const resumed = start("resume");
  const told = new Promise<string>((done) =>
    resumed.child.stderr?.once("data", (chunk: Buffer) => done(chunk.toString())),
  );
  expect(await told).toContain(`${id} waits for a signal of its channel numbers`);
  resumed.child.kill("SIGTERM");
  await resumed.ended;
  for (const value of ["4", "5", "6", "0"]) expect((await stele("signal", id, "numbers", value)).code).toBe(0);
  expect((await stele("resume")).code).toBe(0);
  expect(JSON.parse((await stele("state", id, "--json")).out)).toEqual({ state: { sum: 15 } });
  const { out } = await stele("events", id);
  expect(out).toMatch(/signal-buffered +numbers 5/);
  expect(out).toMatch(/continued +\[9,2\]/);
  expect((await stele("replay", id)).code).toBe(0);
  expect(await stele("check")).toMatchObject({ code: 0 });
}, 60_000);

test("what can't be sent is refused with a reason", async () => {
  const channel = await stele("signal", id, "a channel", "1");
  const [finished, unknown, text, nowhere] = await Promise.all([
    stele("signal", id, "numbers", "1"),
    stele("state", "E_01K42AJA8QHD7D3GTJAYMASFY9"),
    stele("signal", id, "numbers", "yes"),
    stele("signal", id, "numbers", "1", "--data", join(folder, "other")),
  ]);
  expect(finished).toMatchObject({ code: 2, err: expect.stringContaining("it has finished") as string });
  expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining("there is no execution") as string });
  expect(text).toMatchObject({ code: 2, err: expect.stringContaining("the value: not JSON") as string });
  expect(nowhere).toMatchObject({ code: 2, err: expect.stringContaining("there is no journal") as string });
  expect(channel).toMatchObject({
    code: 2,
    err: expect.stringContaining('named "a channel": a name is made') as string,
  });
}, 60_000);
