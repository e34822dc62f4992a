/** Local programs in a whole host: deployed, listed, called, and gone with the host. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GuestName, guestFile } from "../../components/guests.ts";
import { digestOf } from "../../host/component/component.ts";
import { type HostOptions, openHost } from "../../host/index.ts";
import { startStele } from "../support/cli.ts";
import { Witness } from "./fixture.ts";
import type { HostOrder } from "./host-process.ts";

let folder: string;
let options: HostOptions;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stele-exec-"));
  options = { data: join(folder, "data"), cacheDir: join(folder, "cache"), activityThreads: 1 };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A deployment of the guest `work` as this script runs it. */
function deploy(script: string): { readonly deployment: string; readonly operator: string; readonly digest: string } {
  const text = `#!/bin/sh\n${script}\n`;
  const deployment = join(folder, "deployment.toml");
  writeFileSync(join(folder, "program"), text);
  const work = JSON.stringify(guestFile("work"));
  const env = 'env_vars = [{ key = "PAPER", value = "greeting" }]\n';
  const policy = "max_retries = 1\nretry_exp_backoff.milliseconds = 1\n";
  writeFileSync(
    deployment,
    `[[activity_exec]]\nname = "work"\nlocation = ${work}\nprogram = "program"\nargs = ["no"]\n${env}${policy}`,
  );
  const operator = join(folder, "operator.toml");
  const digest = digestOf(Buffer.from(text));
  writeFileSync(operator, `[activity_exec]\nprograms = ["${digest}"]\nenv = ["PAPER"]\n`);
  return { deployment, operator, digest };
}

const greeting = `grep -q '"attempt":2' || { echo 'no paper' >&2; exit 1; }; printf '{"ok": "%s %s"}' "$1" "$PAPER"`;

test("a program that the operator has not listed is refused with what would run it", async () => {
  const { deployment, digest } = deploy(greeting);
  const refusal = { code: "grant-refused", message: expect.stringContaining(digest) as string };
  await expect(openHost({ ...options, deployment })).rejects.toMatchObject(refusal);
  const host = await openHost({ ...options });
  try {
    await expect(host.deploy(deployment)).rejects.toMatchObject(refusal);
    await expect(host.submit(".../work.echo", ["text"])).rejects.toMatchObject({ code: "function-unknown" });
  } finally {
    await host.close();
  }
});

test("one that is listed is called and tried again; it runs on in the next host without its file", async () => {
  const { deployment, operator, digest } = deploy(greeting);
  const host = await openHost({ ...options, deployment, operator });
  const id = await host.submit(".../work.echo", ["text"]);
  expect(await host.result(id)).toEqual({ ok: "no greeting" });
  await host.close();
  unlinkSync(join(folder, "program"));
  const next = await openHost({ ...options, operator });
  expect(await next.result(await next.submit(".../work.echo", ["text"]))).toEqual({ ok: "no greeting" });
  await next.close();
  await expect(openHost(options)).rejects.toMatchObject({ code: "grant-refused" });
  await (await openHost({ ...options, dormant: true })).close();

  const stele = (...args: string[]) => startStele(folder, [...args, "--data", options.data]).ended;
  const shown = await stele("show", id);
  expect(shown.out).toContain("the program exited with code 1: no paper");
  expect(shown.out).toContain("no greeting");
  expect((await stele("logs", id)).out).toContain("no paper");
  const run = await stele("run", ".../work.echo", '["text"]');
  expect(run).toMatchObject({ code: 2, out: "" });
  expect(run.err).toContain(`work: the operator has not listed the program ${digest}`);
  expect(await stele("run", "--operator", operator, ".../work.echo", '["text"]')).toMatchObject({
    code: 0,
    out: 'ok "no greeting"\n',
  });
});

test("copies of programs that the active deployment does not name go with the next start", async () => {
  const old = deploy(`echo '{"ok": "old"}'`);
  await (await openHost({ ...options, ...old })).close();
  const { digest, ...next } = deploy(`echo '{"ok": "new"}'`);
  const both = join(folder, "both.toml");
  writeFileSync(both, `[activity_exec]\nprograms = ["${old.digest}", "${digest}"]\nenv = ["PAPER"]\n`);
  const host = await openHost({ ...options, operator: both });
  await host.deploy(next.deployment);
  const copies = () => readdirSync(join(options.data, "programs")).filter((name) => name !== "runs");
  expect(copies()).toHaveLength(2);
  await host.close();
  const again = await openHost({ ...options, operator: next.operator });
  expect(copies()).toEqual([digest.slice("sha256:".length)]);
  expect(await again.result(await again.submit(".../work.echo", ["text"]))).toEqual({ ok: "new" });
  await again.close();
});

test("a workflow calls what a program runs", async () => {
  const calls = join(folder, "calls");
  const { deployment, operator } = deploy(`cat >> ${calls}; printf '{"ok": "done"}'`);
  const table = (kind: string, guest: GuestName) =>
    `[[${kind}]]\nname = "${guest}"\nlocation = ${JSON.stringify(guestFile(guest))}\n`;
  const tables = `${table("workflow_wasm", "tiny-workflow")}${table("activity_exec", "tiny-activity")}`;
  writeFileSync(deployment, `${tables}program = "program"\n`);
  const host = await openHost({ ...options, deployment, operator });
  const id = await host.submit(".../flow.run", [2, "text"]);
  expect(await host.result(id)).toEqual({ ok: 2 });
  const steps = readFileSync(calls, "utf8").trimEnd().split("\n");
  expect(steps.map((step) => JSON.parse(step) as unknown)).toMatchObject([
    { function: "bench:tiny/acts@0.1.0.step", attempt: 1, params: [0, "text"] },
    { function: "bench:tiny/acts@0.1.0.step", attempt: 1, params: [1, "text"] },
  ]);
  await host.close();
});

test("an execution that is cancelled ends its program", async () => {
  const witness = new Witness(join(folder, "witness"));
  const { deployment, operator } = deploy(`${witness.watch}; sleep 1000 & wait`);
  const host = await openHost({ ...options, deployment, operator });
  const id = await host.submit(".../work.echo", ["text"]);
  await witness.began;
  await host.cancel(id);
  await witness.gone;
  expect(await host.result(id)).toMatchObject({ failure: "cancelled" });
  await host.close();
});

test("a host that is killed leaves no program behind, and the next one runs it again", async () => {
  const witness = new Witness(join(folder, "witness"));
  const first = `${witness.watch}; trap '' TERM HUP; sleep 1000 & wait`;
  const id = "E_01K42AJA8QHD7D3GTJAYMASFYC";
  const { deployment, operator } = deploy(`grep -q '"attempt":2' || { ${first}; }; echo '{"ok": "again"}'`);
  const order: HostOrder = { id, ...options, deployment, operator };
  const host = spawn(process.execPath, [join(import.meta.dirname, "host-process.ts"), JSON.stringify(order)], {
    stdio: "inherit",
  });
  await witness.began;
  await killed(host);
  await witness.gone;
  const next = await openHost({ ...options, operator });
  expect(await next.result(id)).toEqual({ ok: "again" });
  await next.close();
});

function killed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
