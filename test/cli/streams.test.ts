/** Where an activity's standard streams come from and lead to, as the manifest says. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { guestFile } from "../../components/guests.ts";

const bin = resolve(import.meta.dirname, "../../bin/stele.js");
const folder = mkdtempSync(join(tmpdir(), "stele-cli-streams-"));
const manifest = join(folder, "deployment.toml");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function stele(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = { PATH: process.env["PATH"], HOME: folder, STELE_DATA: join(folder, "data"), WHO: "you" };
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder, env });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((done) => child.on("close", (code) => done({ code, out, err })));
}

/** Runs an attempt of the guest under these keys; tells what was printed and logged. */
async function attempt(keys: string, what: string, argument: string) {
  const location = JSON.stringify(guestFile("surroundings-c"));
  writeFileSync(manifest, `[[activity_wasm]]\nname = "guest"\nlocation = ${location}\n${keys}\n`);
  const params = JSON.stringify([what, argument]);
  const { out, err } = await stele("run", "-d", manifest, ".../surroundings.attempt", params);
  const [{ id }] = JSON.parse((await stele("list", "--json")).out) as [{ id: string }];
  return { out, err, logs: (await stele("logs", id)).out };
}

test("standard input is the manifest's text, with the host's variables in it", async () => {
  const { out } = await attempt('stdin = "hello ${WHO}"', "hear", "");
  expect(out).toContain('ok "hello you"\n');
});

test.each<[target: string, where: "out" | "err" | "logs" | undefined]>([
  ["stdout", "out"],
  ["stderr", "err"],
  ["db", "logs"],
  ["none", undefined],
])("standard output leads to %s, and nowhere else", async (target, where) => {
  const found = await attempt(`forward_stdout = "${target}"`, "say", "aloud");
  for (const place of ["out", "err", "logs"] as const) expect(found[place].includes("aloud")).toBe(place === where);
});

test("standard error leads where it is sent, up to the volume of the log", async () => {
  const keys = 'forward_stderr = "stdout"\nlimits.log.bytes = 40';
  expect((await attempt(keys, "complain", "short")).out).toContain("short\n");
  const { out, logs } = await attempt(keys, "complain", "x".repeat(100));
  expect(out).not.toContain("xxx");
  expect(logs).toContain("no more is printed");
});
