/** The operator's file on the command line: as an option, or by the environment. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { guestFile } from "../../components/guests.ts";
import { startStele } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "stele-cli-operator-"));
const manifest = join(folder, "deployment.toml");
const allows = join(folder, "allows.toml");
const forbids = join(folder, "forbids.toml");
const call = [".../acts.step", '[1, "text"]'];
let data: string;
let folders = 0;

const stele = (args: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
  startStele(folder, args, { STELE_DATA: data, GREETING: "hello-there", ...variables }).ended;

beforeAll(() => {
  const location = JSON.stringify(guestFile("tiny-activity"));
  writeFileSync(manifest, `[[activity_wasm]]\nname = "acts"\nlocation = ${location}\nenv_vars = ["GREETING"]\n`);
  writeFileSync(allows, '[env]\nallowed = ["GREETING"]\n');
  writeFileSync(forbids, "[env]\nallowed = []\n");
});
beforeEach(() => {
  data = join(folder, `data-${++folders}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const refused = {
  code: 2,
  err: expect.stringMatching(/acts: .*GREETING, which the operator does not allow[^]*forbids\.toml/) as string,
};

describe("run", () => {
  test("does what the operator allows", async () => {
    expect(await stele(["run", "-d", manifest, "--operator", allows, ...call])).toMatchObject({
      code: 0,
      out: 'ok "text"\n',
    });
  });

  test("refuses what the operator forbids, whichever way the file is named, and says so as JSON too", async () => {
    expect(await stele(["run", "-d", manifest, "--operator", forbids, ...call])).toMatchObject(refused);
    expect(await stele(["run", "-d", manifest, ...call], { STELE_OPERATOR: forbids })).toMatchObject(refused);
    const { err, out } = await stele(["run", "-d", manifest, "--operator", forbids, "--json", ...call]);
    expect(out + err).toContain("grant-refused");
  });

  test("takes the option before the environment", async () => {
    const args = ["run", "-d", manifest, "--operator", allows, ...call];
    expect(await stele(args, { STELE_OPERATOR: forbids })).toMatchObject({ code: 0 });
  });
});

test("submit deploys what the operator allows, and what nobody forbids; resume asks its own operator", async () => {
  expect(await stele(["submit", "-d", manifest, "--operator", forbids, ...call])).toMatchObject(refused);
  expect(await stele(["list", "--json"])).toMatchObject({ code: 0, out: "[]\n" });
  expect(await stele(["submit", "-d", manifest, ...call])).toMatchObject({ code: 0 });
  expect(await stele(["resume", "--operator", forbids])).toMatchObject(refused);
  expect(await stele(["resume"], { STELE_OPERATOR: allows })).toMatchObject({ code: 0 });
});
