/** Whatever a program does, nothing of it is left when its attempt has ended. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../../host/component/component.ts";
import { endOf, isGone, NativeRig, Witness } from "./fixture.ts";

let rig: NativeRig;
beforeEach(() => {
  rig = new NativeRig();
});
afterEach(() => rig.close());

const answer = `echo '{"ok": "done"}'`;
const done = { kind: "returned", outcome: { ok: "done" } };
const ended = (kind: string, message: string) => ({
  kind: "failed",
  reason: { kind, message: expect.stringContaining(message) as string },
});
const late = { deadlineMs: 1_500 };
const timedOut = ended("timed-out", "did not end within 1500 ms");

describe("a program that", () => {
  test.each<[what: string, script: string, use: object, end: object]>([
    ["goes on and on", "while :; do :; done", late, timedOut],
    ["ignores signals", `trap '' TERM INT HUP; while :; do sleep 1000; done`, late, timedOut],
    ["closes its output and goes on", `${answer}; exec 1>&- 2>&-; sleep 1000`, late, timedOut],
    ["waits for a child", "sleep 1000 & wait", late, timedOut],
    ["stops itself", "kill -STOP $$", late, timedOut],
    ["leaves a child behind", `sleep 1000 & ${answer}`, {}, done],
    ["leaves a child that ignores signals", `(trap '' TERM; sleep 1000) & ${answer}`, {}, done],
    ["leaves a child in a session of its own", `setsid sleep 1000 & ${answer}; read -r ignored`, {}, done],
    ["leaves a child in a group of its own", `set -m; sleep 1000 & ${answer}`, {}, done],
    ["fails and leaves a child behind", "sleep 1000 & exit 1", {}, ended("failed", "exited with code 1")],
    ["writes without end", "exec yes", {}, ended("too-large", "answered with more than 1048576 bytes")],
    ["logs without end", "exec yes >&2", {}, ended("too-large", "to standard error")],
    ["reads nothing", `exec 0<&-; ${answer}`, { params: ["x".repeat(2_000_000)] }, done],
    ["leaves what can't be removed at once", `mkdir -p a/b; chmod 500 a; sleep 1000 & ${answer}`, {}, done],
  ])("%s", async (_, script, use, end) => {
    const activities = rig.open();
    const witness = new Witness(rig.path("witness"));
    expect(await endOf(activities, await rig.attempt(`${witness.watch}\n${script}`, use))).toMatchObject(end);
    expect(isGone(Number(await witness.began))).toBe(true);
    await witness.gone;
    expect(await endOf(activities, await rig.attempt(answer))).toMatchObject(done);
  });

  test("is cancelled goes with its children, and nothing is told of it", async () => {
    const activities = rig.open();
    const witness = new Witness(rig.path("witness"));
    const attempt = await rig.attempt(`${witness.watch}; trap '' TERM; sleep 1000 & wait`);
    let told = false;
    activities.start(attempt, () => (told = true));
    await witness.began;
    activities.cancel(attempt);
    await witness.gone;
    expect(await endOf(activities, await rig.attempt(answer))).toMatchObject(done);
    expect(told).toBe(false);
  });

  test("runs when all is closed is gone by then, with its folder", async () => {
    const activities = rig.open();
    const witness = new Witness(rig.path("witness"));
    let told = false;
    activities.start(await rig.attempt(`${witness.watch}; sleep 1000`), () => (told = true));
    const pid = Number(await witness.began);
    await activities.close();
    expect(isGone(pid)).toBe(true);
    await witness.gone;
    expect(readdirSync(rig.runs)).toEqual([]);
    expect(told).toBe(false);
  });
});

test("a daemon gets away, but an answer that it could still write to is none", async () => {
  const witness = new Witness(rig.path("witness"));
  const left = rig.path("left");
  const daemon = `(cd /; exec setsid sh -c '${witness.watch}; : > ${left}; exec sleep 1000') & while [ ! -e ${left} ]; do :; done`;
  const end = endOf(rig.open(), await rig.attempt(`${daemon}; ${answer}`));
  const pid = Number(await witness.began);
  try {
    expect(await end).toMatchObject(ended("failed", "keeps its output open"));
    expect(isGone(pid)).toBe(false);
  } finally {
    process.kill(pid, "SIGKILL");
  }
  await witness.gone;
});

describe("a program that can't be started", () => {
  test("for want of its interpreter", async () => {
    const file = rig.path("program");
    const text = "#!/nowhere/at/all\n";
    writeFileSync(file, text);
    const digest = digestOf(Buffer.from(text));
    await rig.store.keep(file, digest);
    expect(await endOf(rig.open(), rig.attemptOf(digest))).toMatchObject(ended("failed", "can't be started: spawn"));
  });

  test("since its function has left the deployment", async () => {
    const attempt = await rig.attempt(answer);
    const end = await endOf(rig.open(), { ...attempt, sandbox: { ...attempt.sandbox, program: undefined } });
    expect(end).toMatchObject(ended("failed", "the deployment has no program for"));
  });
});

test("no more run at once than may, and the next begins when one has ended", async () => {
  const activities = rig.open({ runsMax: 1 });
  const release = rig.path("release");
  const witness = new Witness(rig.path("witness"));
  const second = new Witness(rig.path("witness"));
  const script = (of: Witness) => `${of.watch}; while [ ! -e ${release} ]; do :; done; ${answer}`;
  const first = endOf(activities, await rig.attempt(script(witness)));
  const next = endOf(activities, await rig.attempt(script(second)));
  await witness.began;
  expect(readdirSync(rig.runs).filter((name) => !name.endsWith(".group"))).toHaveLength(1);
  let begun = false;
  void second.began.then(() => (begun = true));
  writeFileSync(release, "");
  expect(await first).toMatchObject(done);
  expect(begun).toBe(false);
  expect(await next).toMatchObject(done);
});

test("one that waits for its turn until its time in all is over is never run", async () => {
  const activities = rig.open({ runsMax: 1 });
  const release = rig.path("release");
  const first = endOf(activities, await rig.attempt(`while [ ! -e ${release} ]; do :; done; ${answer}`));
  const mark = rig.path("mark");
  const waits = await rig.attempt(`: > ${mark}; ${answer}`);
  const over = ended("timed-out", "its time was over while it waited to be run");
  expect(await endOf(activities, { ...waits, leftMs: 50 })).toMatchObject(over);
  writeFileSync(release, "");
  expect(await first).toMatchObject(done);
  expect(await endOf(activities, await rig.attempt(answer))).toMatchObject(done);
  expect(existsSync(mark)).toBe(false);
});

test("a program runs no longer than its attempt has time in all", async () => {
  const attempt = await rig.attempt("sleep 1000");
  expect(await endOf(rig.open(), { ...attempt, leftMs: 800 })).toMatchObject(ended("timed-out", "did not end within"));
});

describe("when the process that runs programs is lost", () => {
  test("what ran is ended, and its attempts have lost their host; the next programs run", async () => {
    const activities = rig.open();
    const witness = new Witness(rig.path("witness"));
    const neighbour = endOf(activities, await rig.attempt(`${witness.watch}; exec sleep 1000`));
    await witness.began;
    const killer = endOf(activities, await rig.attempt("kill -9 $PPID; sleep 1000"));
    await witness.gone;
    for (const end of [await neighbour, await killer])
      expect(end).toMatchObject(ended("host-lost", "the process that ran this program was lost: SIGKILL"));
    expect(await endOf(activities, await rig.attempt(answer))).toMatchObject(done);
  });
});

test("components take turns: one with many attempts does not hold up the others", async () => {
  const activities = rig.open({ runsMax: 1 });
  const many = await rig.attempt(answer);
  const other = { ...many, component: digestOf(Buffer.from("another component")) };
  const order: string[] = [];
  const run = async (name: string, attempt: typeof many) => {
    await endOf(activities, { ...attempt });
    order.push(name);
  };
  await Promise.all([...["a1", "a2", "a3"].map((name) => run(name, many)), run("b1", other), run("b2", other)]);
  expect(order).toEqual(["a1", "a2", "b1", "a3", "b2"]);
});
