/** Where an activity's standard streams come from and lead to, as the manifest says. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { guestFile } from "../../components/guests.ts";
import { startStele } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "stele-cli-streams-"));
const manifest = join(folder, "deployment.toml");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stele = (...args: string[]) => startStele(folder, args, { STELE_DATA: join(folder, "data"), WHO: "you" }).ended;

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

test("what a guest writes does nothing to the terminal that shows it", async () => {
  const { logs } = await attempt("", "say", "\u001b[2J\u009b1mloud");
  expect(logs).toContain("\\x1b[2J\\x9b1mloud");
  const { out } = await attempt("", "\u001b[2J", "");
  expect(out).toContain("err ");
  for (const control of ["\u001b", "\u009b"]) expect(`${logs}${out}`).not.toContain(control);
});
