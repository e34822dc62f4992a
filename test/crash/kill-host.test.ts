import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { guestFile } from "../../components/guests.ts";
import type { Event, Outcome } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import { idOf } from "../support/author.ts";
import { CountingService } from "../support/counting-service.ts";
import { historiesIn } from "../support/rig.ts";
import type { HostOrder } from "./host-process.ts";
import { Speaker } from "./speaker.ts";

/** Hosts are killed for so long. */
const killingMs = 15_000;
/** The longest that one lives after it has opened; longer where the machine is too slow for anything to be done in it. */
const lifeMsMax = 1_200;
const submissionsPerLife = 4;

let dir: string;
let service: CountingService;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "stele-kill-"));
  service = await CountingService.start(15);
  writeFileSync(
    join(dir, "deployment.toml"),
    `
[[workflow_wasm]]
name = "http-workflow"
location = "${guestFile("http-workflow")}"

[[workflow_wasm]]
name = "tiny-workflow"
location = "${guestFile("tiny-workflow")}"

[[activity_wasm]]
name = "http-activity"
location = "${guestFile("http-activity")}"
max_retries = 1000
retry_exp_backoff = { milliseconds = 10 }
[[activity_wasm.allowed_host]]
pattern = "${service.origin}"
methods = "*"

[[activity_wasm]]
name = "tiny-activity"
location = "${guestFile("tiny-activity")}"
`,
  );
});
afterEach(async () => {
  await service.stop();
  rmSync(dir, { recursive: true });
});

type Submission = HostOrder["submissions"][number];

/** The n-th piece of work, one of three kinds. Keys of effects begin with the execution's id. */
function submissionOf(n: number): Submission {
  const id = idOf(n);
  const keys = Array.from({ length: 5 }, (_, step) => `${id}-${step}`);
  const http = "test:guests/http-flows@0.1.0";
  if (n % 3 === 0) return { id, function: `${http}.count-all`, params: [service.origin, keys, 20] };
  if (n % 3 === 1) return { id, function: `${http}.persist`, params: [service.origin, `${id}-0`, 2] };
  return { id, function: "bench:tiny/flow@0.1.0.run", params: [25, "payload"] };
}

function spawnHost(submissions: readonly Submission[]): Speaker {
  const order: HostOrder = {
    data: join(dir, "data"),
    deployment: join(dir, "deployment.toml"),
    cacheDir: join(dir, "cache"),
    submissions,
  };
  return Speaker.start(new URL("./host-process.ts", import.meta.url), JSON.stringify(order));
}

/** The effect's key of a step that counts, by the step's id. */
function keysOf(histories: ReadonlyMap<ExecutionId, readonly Event[]>): Map<ExecutionId, string> {
  const keys = new Map<ExecutionId, string>();
  for (const [id, [created]] of histories) {
    if (created?.kind !== "created" || !created.function.includes("http-activities")) continue;
    keys.set(id, created.params[1] as string);
  }
  return keys;
}

function outcomeOf(history: readonly Event[] | undefined): Outcome | undefined {
  const last = history?.at(-1);
  return last?.kind === "finished" ? last.outcome : undefined;
}

test("whatever the moment of a kill, what was accepted is finished, and no finished step is done again", async () => {
  const accepted: Submission[] = [];
  const told = new Map<string, Outcome>();
  /** How often the effect of a step had been seen when the step was first found finished. */
  const settled = new Map<string, number>();
  let kills = 0;
  let midway = 0;

  const listen = (host: Speaker, submissions: readonly Submission[]) => {
    for (const line of host.lines) {
      const [what, id, ...rest] = line.split(" ");
      const submission = submissions.find((each) => each.id === id);
      if (what === "submitted" && submission !== undefined) accepted.push(submission);
      if (what === "finished" && id !== undefined) told.set(id, JSON.parse(rest.join(" ")) as Outcome);
    }
  };

  const endsAt = performance.now() + killingMs;
  for (let next = 1; performance.now() < endsAt || settled.size === 0; next += submissionsPerLife) {
    const submissions = Array.from({ length: submissionsPerLife }, (_, n) => submissionOf(next + n));
    const host = spawnHost(submissions);
    await host.said("open");
    const lifeMs = Math.random() * lifeMsMax * (settled.size === 0 ? 1 + kills : 1);
    await new Promise((resolve) => setTimeout(resolve, lifeMs));
    await host.kill();
    kills++;
    listen(host, submissions);

    const histories = historiesIn(join(dir, "data")); // throws when anything is wrong with the file
    if ([...histories.values()].some((history) => outcomeOf(history) === undefined)) midway++;
    for (const { id } of accepted) expect(histories.has(id as ExecutionId), `${id} was accepted`).toBe(true);
    for (const [id, outcome] of told) expect(outcomeOf(histories.get(id as ExecutionId))).toEqual(outcome);
    for (const [id, key] of keysOf(histories))
      if (outcomeOf(histories.get(id)) !== undefined && !settled.has(key)) settled.set(key, service.count(key));
  }

  const last = spawnHost([]);
  await last.said("idle");
  await last.ended();

  const histories = historiesIn(join(dir, "data"));
  for (const [id, history] of histories) expect(outcomeOf(history), `${id} is unfinished`).toBeDefined();
  for (const { id, function: name } of accepted) expectResult(name, outcomeOf(histories.get(id as ExecutionId)));
  for (const [id, key] of keysOf(histories)) {
    const attempts = histories.get(id)?.filter(({ kind }) => kind === "attempt-started").length ?? 0;
    expect(service.count(key), `effects of ${id}`).toBeGreaterThanOrEqual(1);
    expect(service.count(key), `effects of ${id}`).toBeLessThanOrEqual(attempts);
    expect(service.count(key), `effects of ${id} after it was finished`).toBe(settled.get(key) ?? service.count(key));
  }
  expect(kills).toBeGreaterThan(2);
  expect(midway).toBeGreaterThan(0);
  expect(settled.size).toBeGreaterThan(0);
});

function expectResult(name: string, outcome: Outcome | undefined): void {
  const ok = outcome !== undefined && "ok" in outcome ? outcome.ok : undefined;
  if (name.endsWith("count-all"))
    expect(ok).toEqual(Array.from({ length: 5 }, () => expect.toSatisfy(isCount) as unknown));
  else if (name.endsWith("persist")) expect(ok).toBeGreaterThanOrEqual(3);
  else expect(ok).toBe(25);
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && value >= 1;
}
