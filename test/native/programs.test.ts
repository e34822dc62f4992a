/** The host's copies of programs: what was digested is what runs, and nothing else. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestOf } from "../../host/component/component.ts";
import { ProgramStore } from "../../host/native/program-store.ts";
import { endOf, NativeRig } from "./fixture.ts";

const text = `#!/bin/sh\necho '{"ok": "original"}'\n`;
const digest = digestOf(Buffer.from(text));
const original = { kind: "returned", outcome: { ok: "original" } };

let rig: NativeRig;
let program: string;
beforeEach(async () => {
  rig = new NativeRig();
  program = rig.path("program");
  writeFileSync(program, text);
  await rig.store.keep(program, digest);
});
afterEach(() => rig.close());

async function copy(store = rig.store): Promise<string> {
  const file = await store.file(digest);
  if (!file.ok) throw new Error(file.problem);
  return file.value;
}

test("a copy is its owner's alone, to read and to run", async () => {
  const file = await copy();
  expect(readFileSync(file, "utf8")).toBe(text);
  expect(statSync(file).mode & 0o777).toBe(0o500);
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
});

test("the copy runs, whatever becomes of the file", async () => {
  writeFileSync(program, "#!/bin/sh\necho changed\n");
  expect(await endOf(rig.open(), rig.attemptOf(digest))).toMatchObject(original);
  unlinkSync(program);
  expect(await endOf(rig.open(), rig.attemptOf(digest))).toMatchObject(original);
});

test("a file that is another by the time it is copied is refused, and nothing of it stays", async () => {
  const other = digestOf(Buffer.from("another"));
  await expect(rig.store.keep(program, other)).rejects.toMatchObject({ code: "component-refused" });
  expect(await rig.store.file(other)).toMatchObject({ ok: false });
  expect(readdirSync(dirname(await copy()))).toEqual([digest.slice("sha256:".length)]);
});

test("a file that is gone by then is refused", async () => {
  const gone = digestOf(Buffer.from("gone"));
  await expect(rig.store.keep(rig.path("gone"), gone)).rejects.toMatchObject({ code: "journal-io" });
});

test("a copy that was changed between two hosts does not run, until it is deployed again", async () => {
  const file = await copy();
  chmodSync(file, 0o700);
  writeFileSync(file, `#!/bin/sh\necho '{"ok": "changed"}'\n`);
  const activities = rig.open({ programs: new ProgramStore(dirname(file)) });
  const refused = { kind: "failed", reason: { message: expect.stringContaining("deploy it again") as string } };
  expect(await endOf(activities, rig.attemptOf(digest))).toMatchObject(refused);
  await rig.store.keep(program, digest);
  expect(await endOf(activities, rig.attemptOf(digest))).toMatchObject(original);
});

test("only the copies that are named are kept, and nothing that was begun", async () => {
  const file = await copy();
  writeFileSync(`${file}.1`, "begun");
  const runs = join(dirname(file), "runs");
  mkdirSync(runs);
  await rig.store.keepOnly([digest]);
  expect(readdirSync(dirname(file)).toSorted()).toEqual([basename(file), "runs"]);
  expect(await endOf(rig.open(), rig.attemptOf(digest))).toMatchObject(original);
  await rig.store.keepOnly([]);
  expect(readdirSync(dirname(file))).toEqual(["runs"]);
  expect(await endOf(rig.open(), rig.attemptOf(digest))).toMatchObject({ kind: "failed" });
});
