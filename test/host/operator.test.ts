/** A host with an operator's file: what it forbids is refused before anything changes, what it allows runs, and no value of
 *  the environment or of a secret is in the data folder. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type GuestName, guestFile } from "../../components/guests.ts";
import { type Host, openHost } from "../../host/index.ts";
import { historiesIn } from "../support/rig.ts";
import { WebService } from "../support/web-service.ts";

const forwarded = "forwarded-value-7d1f";
const secret = "secret-value-93ab";
const variables = { STELE_TEST_FORWARDED: forwarded, STELE_TEST_SECRET: secret };

let service: WebService;
let folder: string;
let operator: string;
beforeAll(async () => {
  service = await WebService.start();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stele-operator-"));
  Object.assign(process.env, variables);
  operator = file(
    "operator.toml",
    `[[outbound_http.allowed_host]]
pattern = "${service.origin}"
methods = ["GET"]
[[secret]]
name = "API_KEY"
env = "STELE_TEST_SECRET"
allowed_host = [{ pattern = "${service.origin}", methods = "*" }]
[env]
allowed = ["STELE_TEST_*"]
[limits]
memory.mib = 256
attempts = 2
`,
  );
});
afterEach(() => {
  for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => service.stop());

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function manifest(name: string, methods: string, more = ""): string {
  const component = (kind: string, guest: GuestName) =>
    `[[${kind}]]\nname = "${guest}"\nlocation = ${JSON.stringify(guestFile(guest))}\n`;
  return file(
    name,
    `${component("activity_wasm", "tiny-activity")}${component("activity_wasm", "http-activity")}
env_vars = ["STELE_TEST_FORWARDED", { key = "B", value = "b \${STELE_TEST_FORWARDED}" }]
${more}
[[activity_wasm.allowed_host]]
pattern = "${service.origin}"
methods = ${methods}
secrets = ["API_KEY"]
`,
  );
}

const open = (options: Partial<Parameters<typeof openHost>[0]> = {}): Promise<Host> =>
  openHost({ data: join(folder, "data"), cacheDir: join(folder, "cache"), activityThreads: 1, operator, ...options });

const refusal = (...parts: string[]) => ({
  code: "grant-refused",
  message: expect.stringMatching(new RegExp(parts.join("[^]*"))) as string,
});

function deployments(): number {
  const db = new Database(join(folder, "data", "journal.sqlite"), { readonly: true });
  try {
    return db.prepare<[], { count: number }>("select count(*) as count from deployment").get()?.count ?? 0;
  } finally {
    db.close();
  }
}

test("what both allow is done, and its values are nowhere in the data folder", async () => {
  const host = await open({ deployment: manifest("deployment.toml", '["GET"]') });
  try {
    const id = await host.submit(".../http-activities.get-text", [`${service.origin}/`]);
    expect(await host.result(id)).toHaveProperty("ok");
    expect(service.seen.length).toBeGreaterThan(0);
  } finally {
    await host.close();
  }
  const stored = readdirSync(join(folder, "data"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  expect(stored.some((bytes) => bytes.includes("STELE_TEST_FORWARDED"))).toBe(true);
  for (const value of [forwarded, secret]) {
    for (const form of [
      value,
      Buffer.from(value).toString("hex"),
      Buffer.from(value).toString("base64").slice(0, 16),
    ]) {
      expect(stored.filter((bytes) => bytes.includes(form))).toEqual([]);
    }
  }
});

test("a deployment that asks for more is refused, and what was deployed goes on", async () => {
  const host = await open({ deployment: manifest("deployment.toml", '["GET"]') });
  try {
    const more = manifest("more.toml", '["GET", "POST"]', "limits.memory.gib = 1\n");
    await expect(host.deploy(more)).rejects.toMatchObject(refusal("http-activity: .* all of", "1 GiB.* 256 MiB"));
    expect(deployments()).toBe(1);
    const id = await host.submit(".../acts.step", [1, "text"]);
    expect(await host.result(id)).toEqual({ ok: "text" });
  } finally {
    await host.close();
  }
});

test("a folder whose first deployment is refused holds none", async () => {
  const deployment = manifest("deployment.toml", '"*"');
  await expect(open({ deployment })).rejects.toMatchObject(refusal("all methods"));
  expect(deployments()).toBe(0);
  await expect(open({ deployment, dormant: true })).rejects.toMatchObject(refusal("all methods"));
  expect(deployments()).toBe(0);
});

test("a host does not open on a deployment whose variables or secrets have gone, and does when they are back", async () => {
  await (await open({ deployment: manifest("deployment.toml", '["GET"]') })).close();
  for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
  await expect(open()).rejects.toMatchObject(
    refusal(
      "STELE_TEST_FORWARDED, which is not set",
      "API_KEY can't be had: the variable STELE_TEST_SECRET is not set",
    ),
  );
  Object.assign(process.env, variables);
  await (await open()).close();
  const without = { data: join(folder, "data"), cacheDir: join(folder, "cache"), activityThreads: 1 };
  await expect(openHost(without)).rejects.toMatchObject(refusal("no secret API_KEY"));
  const dormant = await openHost({ ...without, dormant: true });
  expect(await dormant.submit(".../acts.step", [1, "text"])).toMatch(/^E_/);
  await dormant.close();
});

test("no more attempts are under way at once than the operator allows", async () => {
  const host = await open({ deployment: manifest("deployment.toml", '["GET"]') });
  try {
    const ask = () => host.submit(".../http-activities.get-text", [`${service.origin}/hold`]);
    const ids = await Promise.all([ask(), ask(), ask(), ask()]);
    const results = Promise.all(ids.map((id) => host.result(id)));
    for (const asked of [2, 4]) {
      await service.until(() => service.seen.filter(({ url }) => url === "/hold").length === asked);
      service.release();
    }
    // Each answer says how many requests were held with it.
    expect(await results).toEqual(ids.map(() => ({ ok: "200 2" })));
  } finally {
    await host.close();
  }
});

test("an operator's file with a mistake opens nothing", async () => {
  const wrong = file("wrong.toml", "[limit]\n");
  await expect(open({ operator: wrong })).rejects.toMatchObject({
    code: "operator-invalid",
    message: expect.stringContaining("did you mean limits?") as string,
  });
});

test("what a manifest doesn't limit is as low as the operator's, what it does is refused beyond that", async () => {
  operator = file("operator.toml", "[limits]\nmemory.mib = 64\n");
  const component = (kind: string, guest: GuestName) =>
    `[[${kind}]]\nname = "${guest}"\nlocation = ${JSON.stringify(guestFile(guest))}\n`;
  const text = component("activity_wasm", "tiny-activity") + component("workflow_wasm", "tiny-workflow");
  const asks = file("asks.toml", `${text}limits.memory.mib = 65\n`);
  await expect(open({ deployment: asks })).rejects.toMatchObject(refusal("tiny-workflow: limits.memory is 65 MiB"));
  const host = await open({ deployment: file("says-nothing.toml", text) });
  const id = await host.submit(".../flow.nothing", []);
  try {
    expect(await host.result(id)).toHaveProperty("ok");
  } finally {
    await host.close();
  }
  const [created] = historiesIn(join(folder, "data")).get(id) ?? [];
  expect(created).toMatchObject({ kind: "created", limits: { memoryBytesMax: 64 * 1024 ** 2 } });
});
