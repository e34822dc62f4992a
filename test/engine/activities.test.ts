import { afterAll, beforeAll, expect, test } from "vitest";
import type { Event, Outcome } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import type { ShardLimits } from "../../host/engine/limits.ts";
import type { Change, LogLine } from "../../host/ports/journal.ts";
import { CountingService } from "../support/counting-service.ts";
import { guest } from "../support/guests.ts";
import { historiesIn, logsIn, Rig, recordUnits, writeUnits } from "../support/rig.ts";
import { anId } from "../support/signature.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

/** With the rig's entropy of one half a wait is three quarters of its bound. */
const retry = { retriesMax: 3, backoffMs: 100, backoffMaxMs: 300 };
const waits = [75, 150, 225];

let patient: Rig;
/** Allows an attempt little time and no second one, but for the tiny activity. */
let hurried: Rig;
let service: CountingService;

beforeAll(async () => {
  service = await CountingService.start();
  const allowedHosts = [{ pattern: service.origin }];
  patient = await Rig.of(guest("activity", { retry }), guest("http-activity", { retry, allowedHosts }));
  const once = { retry: { ...retry, retriesMax: 0 }, deadlineMs: 300 };
  hurried = await Rig.of(
    guest("activity", once),
    guest("http-activity", { ...once, allowedHosts }),
    guest("tiny-activity"),
  );
}, 120_000);

afterAll(async () => {
  await patient.close();
  await hurried.close();
  await service.stop();
});

interface Ended {
  readonly outcome: Outcome;
  readonly history: readonly Event[];
  readonly logs: readonly LogLine[];
}

async function run(rig: Rig, name: string, params: unknown[], limits: Partial<ShardLimits> = {}): Promise<Ended> {
  const data = rig.folder();
  const open = rig.open(data, { limits });
  const outcome = await open.run(anId, `test:guests/${name}`, params);
  open.close();
  return { outcome, ...leftIn(data) };
}

function leftIn(data: string): Omit<Ended, "outcome"> {
  return { history: historiesIn(data).get(anId) ?? [], logs: logsIn(data).get(anId) ?? [] };
}

/** Runs an activity whose host is lost after its first attempt was claimed, and takes it up again. */
async function runAcrossALoss(rig: Rig, name: string, params: unknown[]): Promise<Omit<Ended, "outcome">> {
  const units: (readonly Change[])[] = [];
  const open = rig.open(rig.folder(), { tap: (journal) => recordUnits(journal, units) });
  await open.run(anId, `test:guests/${name}`, params);
  open.close();
  const claim = units.findIndex((unit) => unit.some(({ events }) => events.some((e) => e.kind === "attempt-started")));
  const data = rig.folder();
  const now = await writeUnits(data, units.slice(0, claim + 1), rig.stored);
  const again = rig.open(data, { clock: new SimulatedClock(now) });
  await again.shard.resume();
  await again.finish();
  again.close();
  return leftIn(data);
}

const kinds = (history: readonly Event[]) => history.map(({ kind }) => kind);
const failures = (history: readonly Event[]) => history.filter((event) => event.kind === "attempt-failed");

test("an err is tried again until the activity succeeds, and every effect is counted", async () => {
  service.reset();
  const { outcome, history } = await run(patient, "http-activities@0.1.0.fail-times", [service.origin, "key", 2]);
  expect(outcome).toEqual({ ok: 3 });
  expect(service.count("key")).toBe(3);
  expect(kinds(history)).toEqual([
    "created",
    "attempt-started",
    "attempt-failed",
    "attempt-started",
    "attempt-failed",
    "attempt-started",
    "finished",
  ]);
  expect(failures(history)[1]).toMatchObject({
    attempt: 2,
    reason: { kind: "err", value: "failed 2 of 2 times" },
  });
});

test("waits grow as the policy says, and an attempt starts when its wait is over", async () => {
  const { history } = await run(patient, "activities@0.1.0.fail", ["no"]);
  const failed = failures(history);
  expect(failed.map(({ at, retryAt }) => retryAt - at)).toEqual(waits);
  const started = history.filter((event) => event.kind === "attempt-started");
  expect(started.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
  expect(started.slice(1).map(({ at }) => at)).toEqual(failed.map(({ retryAt }) => retryAt));
});

test("once the retries are used up the err is the result", async () => {
  const { outcome, history } = await run(patient, "activities@0.1.0.fail", ["no"]);
  expect(outcome).toEqual({ err: "no" });
  expect(failures(history)).toHaveLength(retry.retriesMax);
});

test("an err that is permanent by its name is final at once", async () => {
  const { outcome, history } = await run(patient, "activities@0.1.0.refuse-for-good", ["sold out"]);
  expect(outcome).toEqual({ err: { permanent_refused: "sold out" } });
  expect(kinds(history)).toEqual(["created", "attempt-started", "finished"]);
});

test("a trap is tried again, and in the end is a failure that says why", async () => {
  const { outcome, history } = await run(patient, "activities@0.1.0.trap", []);
  expect(outcome).toMatchObject({ failure: "uncategorized" });
  expect(outcome).toHaveProperty("reason", expect.stringContaining("attempt 4, the last"));
  expect(failures(history).map(({ reason }) => reason.kind)).toEqual(["trap", "trap", "trap"]);
});

test("an activity that waits for ever is ended by its deadline", async () => {
  const { outcome } = await run(hurried, "http-activities@0.1.0.wait", [service.origin, 0]);
  expect(outcome).toMatchObject({ failure: "timed-out" });
});

test("an activity that turns for ever is ended, and its thread serves the next", async () => {
  const open = hurried.open(hurried.folder());
  const outcome = await open.run(anId, "test:guests/activities@0.1.0.spin", []);
  expect(outcome).toHaveProperty("failure", expect.stringMatching(/^(timed-out|out-of-fuel)$/));
  const next = anId.replace(/0$/, "1") as ExecutionId;
  expect(await open.run(next, "bench:tiny/acts@0.1.0.step", [1, "text"])).toEqual({ ok: "text" });
  open.close();
});

test("a result that is too large is a failure at once: the next would be as large", async () => {
  const { outcome, history } = await run(patient, "activities@0.1.0.large", [3_000], { payloadBytesMax: 2_048 });
  expect(outcome).toMatchObject({ failure: "uncategorized" });
  expect(outcome).toHaveProperty("reason", expect.stringMatching(/result: 2\.9 KiB.*at most 2\.0 KiB/));
  expect(kinds(history)).toEqual(["created", "attempt-started", "finished"]);
});

test("an attempt whose host was lost is made again, without a wait", async () => {
  const { history, logs } = await runAcrossALoss(patient, "activities@0.1.0.say", ["hear"]);
  expect(history).toMatchObject([
    { kind: "created" },
    { kind: "attempt-started", attempt: 1 },
    { kind: "attempt-failed", attempt: 1, reason: { kind: "host-lost" } },
    { kind: "attempt-started", attempt: 2 },
    { kind: "finished", outcome: { ok: null } },
  ]);
  const lost = failures(history)[0];
  expect(lost?.retryAt).toBe(lost?.at);
  expect(logs.map(({ attempt, index, level }) => ({ attempt, index, level }))).toEqual(
    ["trace", "debug", "info", "warn", "error"].map((level, index) => ({ attempt: 2, index, level })),
  );
});

test("a host that is lost in the last attempt is a failure of the activity", async () => {
  const { history } = await runAcrossALoss(hurried, "activities@0.1.0.echo", ["hear"]);
  expect(history.at(-1)).toMatchObject({ kind: "finished", outcome: { failure: "uncategorized" } });
  expect(kinds(history)).toEqual(["created", "attempt-started", "finished"]);
});

test("log lines are kept with the attempt that wrote them", async () => {
  const { logs } = await run(patient, "activities@0.1.0.say", ["hear"]);
  expect(logs.map(({ attempt, index, level, message }) => [attempt, index, level, message])).toEqual([
    [1, 0, "trace", "hear"],
    [1, 1, "debug", "hear"],
    [1, 2, "info", "hear"],
    [1, 3, "warn", "hear"],
    [1, 4, "error", "hear"],
  ]);
});

test("what failed attempts wrote is kept too", async () => {
  const { logs } = await run(patient, "activities@0.1.0.trap", []);
  expect(new Set(logs.map(({ attempt }) => attempt))).toEqual(new Set([1, 2, 3, 4]));
  for (const { level } of logs) expect(level).toBe("stderr");
});

test("no more attempts than the limit are under way at once, and all are made", async () => {
  const units: (readonly Change[])[] = [];
  const open = patient.open(patient.folder(), {
    limits: { attemptsMax: 2 },
    tap: (journal) => recordUnits(journal, units),
  });
  const ids = Array.from({ length: 9 }, (_, i) => `E_01K42AJA8QHD7D3GTJAYMASF0${i}` as ExecutionId);
  await Promise.all(ids.map((id) => open.submit(id, "test:guests/activities@0.1.0.echo", [id])));
  await open.finish();
  const outcomes = await Promise.all(ids.map((id) => open.shard.result(id)));
  open.close();
  expect(outcomes).toEqual(ids.map((id) => ({ ok: id })));
  let underWay = 0;
  const most = units.flat().flatMap(({ events }) =>
    events.map(({ kind }) => {
      if (kind === "attempt-started") underWay++;
      if (kind === "finished") underWay--;
      return underWay;
    }),
  );
  expect(Math.max(...most)).toBe(2);
});

test("what a host has begun before it takes up the rest is not taken for lost", async () => {
  const data = patient.folder();
  const open = patient.open(data);
  await open.submit(anId, "test:guests/activities@0.1.0.echo", ["text"]);
  await open.shard.resume();
  await open.finish();
  open.close();
  expect(leftIn(data).history.map(({ kind }) => kind)).toEqual(["created", "attempt-started", "finished"]);
});
