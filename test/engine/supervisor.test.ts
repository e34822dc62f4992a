import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { HostError } from "../../host/core/host-error.ts";
import type { FunctionName, Millis } from "../../host/core/ids.ts";
import type { Shard } from "../../host/engine/shard.ts";
import type { SubmitEnd } from "../../host/engine/submission.ts";
import { Supervisor } from "../../host/engine/supervisor.ts";
import type { Journal } from "../../host/ports/journal.ts";
import { executionsIn, lasting } from "../support/golden.ts";
import { guest } from "../support/guests.ts";
import { historiesIn, Rig } from "../support/rig.ts";
import { anId } from "../support/signature.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.of(guest("workflow"), guest("channels-workflow"), guest("activity"));
}, 120_000);

afterAll(() => rig.close());

const failure = new HostError("journal-io", "the disk has failed");
const closed = new HostError("closed", "the host has been closed");
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What becomes of a journal's append that fails. */
type Failing =
  /** It throws, and nothing was written. */
  | "lost"
  /** It throws, and was written all the same. */
  | "kept"
  /** It is taken, its commit is reported as failed, and was made all the same. */
  | "reported"
  /** It is taken, and its commit is refused. */
  | "refused";

/** A journal whose n-th append, from 1, fails as told, and which then answers nothing any more. */
function failing(journal: Journal, data: string, n: number, how: Failing): Journal {
  let appends = 0;
  let failed = false;
  const overrides: Partial<Journal> = {
    append: (changes) => {
      if (++appends < n) return journal.append(changes);
      if (how === "refused") takeOver(data);
      else failed = true;
      if (how === "lost") throw failure;
      const position = journal.append(changes);
      if (how === "kept") throw failure;
      return position;
    },
    durable: (position) => {
      const durable = journal.durable(position);
      return failed ? durable.then(() => Promise.reject(failure)) : durable;
    },
  };
  return new Proxy(journal, {
    get(target, property) {
      if (property === "append" || property === "durable") {
        if (failed && property === "append") throw failure;
        return overrides[property];
      }
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      if (failed && property !== "close") throw failure;
      return value.bind(target) as unknown;
    },
  });
}

/** As a second host would that does not see the lock: the commits of the first are refused from here on. */
function takeOver(data: string): void {
  const db = new Database(join(data, "journal.sqlite"));
  db.prepare("insert into epoch (at, host, pid) values (0, 'another', 1)").run();
  db.close();
}

/** A supervised shard on a folder of its own. `tap` comes between it and its journal, once for each opening, from 1. */
class Supervised {
  readonly data = rig.folder();
  readonly gaveUp: unknown[] = [];
  openings = 0;
  readonly supervisor: Supervisor;

  constructor(tap: (journal: Journal, opening: number, data: string) => Journal) {
    this.supervisor = new Supervisor(
      (onFailure) => {
        const opening = ++this.openings;
        const open = rig.open(this.data, { onFailure, tap: (journal) => tap(journal, opening, this.data) });
        setImmediate(() => void open.shard.resume().catch(onFailure));
        return { shard: open.shard, close: () => open.close() };
      },
      (error) => this.gaveUp.push(error),
    );
  }

  submit(): Promise<SubmitEnd> {
    const name = "test:guests/flows@0.1.0.compensate" as FunctionName;
    return this.supervisor.call((shard) =>
      shard.submit({ id: anId, fresh: false, function: name, params: ["sold out"] }),
    );
  }

  async run(): Promise<unknown> {
    await this.submit();
    return this.supervisor.call((shard) => shard.result(anId));
  }

  close(): void {
    this.supervisor.close(closed);
  }
}

const outcome = { ok: 'reserved, released after {"tag":"permanent-refused","val":"sold out"}' };

describe("a journal that fails once", () => {
  let whole: object;
  let appends = 0;

  beforeAll(async () => {
    const sound = new Supervised((journal) => counted(journal, () => appends++));
    expect(await sound.run()).toEqual(outcome);
    sound.close();
    whole = lasting(executionsIn(sound.data));
    expect(appends).toBeGreaterThan(6);
  });

  test.each<Failing>(["lost", "kept", "reported", "refused"])(
    "is opened again, and all goes on to the same end: at any append, which is %s",
    async (how) => {
      for (let n = 1; n <= appends; n++) {
        const supervised = new Supervised((journal, opening, data) =>
          opening === 1 ? failing(journal, data, n, how) : journal,
        );
        expect(await supervised.run(), `append ${n}`).toEqual(outcome);
        supervised.close();
        expect(supervised.openings, `append ${n}`).toBe(2);
        expect(supervised.gaveUp).toEqual([]);
        const executions = executionsIn(supervised.data);
        expect(lasting(executions), `append ${n}`).toEqual(whole);
        for (const { history } of executions) expectEachAttemptExplained(history);
      }
    },
  );
});

/** Every attempt that was started has either ended the activity or is said to have failed, and why. */
function expectEachAttemptExplained(history: ReturnType<typeof executionsIn>[number]["history"]): void {
  const attempts = history.filter(({ kind }) => kind === "attempt-started").length;
  const failed = history.filter((event) => event.kind === "attempt-failed");
  expect(failed.map(({ attempt, reason }) => [attempt, reason.kind])).toEqual(
    Array.from({ length: Math.max(attempts - 1, 0) }, (_, i) => [i + 1, "host-lost"]),
  );
  expect(history.at(-1)?.kind).toBe("finished");
}

function counted(journal: Journal, count: () => void): Journal {
  return new Proxy(journal, {
    get(target, property) {
      if (property === "append") count();
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

describe("a signal whose shard fails before the answer", () => {
  const giveUp = "test:guests/channels@0.1.0.give-up" as FunctionName;
  const signals = (data: string) =>
    historiesIn(data)
      .get(anId)
      ?.filter(({ kind }) => kind === "signal-buffered");

  test.each<[Failing, sent: number]>([
    ["lost", 0],
    ["kept", 1],
    ["reported", 1],
    ["refused", 0],
  ])("is not sent again, and its sender is told: %s", async (how, sent) => {
    const supervised = new Supervised((journal, opening, data) =>
      opening === 1 ? failing(journal, data, 2, how) : journal,
    );
    const startAt = Number.MAX_SAFE_INTEGER as Millis;
    await supervised.supervisor.call((shard) =>
      shard.submit({ id: anId, fresh: true, function: giveUp, params: [], startAt }),
    );
    const send = () => supervised.supervisor.callOnce((shard) => shard.signal(anId, "never", 1));
    await expect(send()).rejects.toMatchObject({ code: "indeterminate" });
    expect(await send(), "the next shard takes the next one").toBe("changed");
    supervised.close();
    expect(signals(supervised.data)).toHaveLength(sent + 1);
  });
});

describe("while time stands still", () => {
  /** What passes before each opening after a failure. */
  const waitsMs = [50, 500, 2_000];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Settles what follows from a failure without the passing of time. */
  async function settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await turn();
  }

  test("a journal that fails four times in a row is given up, and every call hears why, later ones too", async () => {
    const supervised = new Supervised((journal, _, data) => failing(journal, data, 1, "lost"));
    const calls = Promise.allSettled([supervised.submit(), supervised.submit()]);
    for (const [n, waitMs] of waitsMs.entries()) {
      await settle();
      vi.advanceTimersByTime(waitMs - 1);
      await settle();
      expect(supervised.openings).toBe(n + 1);
      expect(supervised.gaveUp).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(supervised.openings).toBe(n + 2);
    }
    await settle();
    expect(supervised.gaveUp).toEqual([failure]);
    expect(await calls).toEqual([
      { status: "rejected", reason: failure },
      { status: "rejected", reason: failure },
    ]);
    await expect(supervised.submit()).rejects.toBe(failure);
    expect(vi.getTimerCount(), "nothing more is planned").toBe(0);
    supervised.close();
    await expect(supervised.submit(), "what it was given up for stays the reason").rejects.toBe(failure);
  });

  test("a journal that can't be opened again is given up too", async () => {
    const supervised = new Supervised((journal, opening, data) => {
      if (opening === 1) return failing(journal, data, 1, "kept");
      journal.close();
      throw failure;
    });
    const call = supervised.submit();
    call.catch(() => undefined);
    await settle();
    for (const waitMs of waitsMs) vi.advanceTimersByTime(waitMs);
    await expect(call).rejects.toBe(failure);
    expect(supervised.openings).toBe(4);
  });

  test("an answer in between starts the count anew", async () => {
    const supervised = new Supervised((journal, opening, data) =>
      opening % 4 === 0 ? journal : failing(journal, data, 1, "lost"),
    );
    for (let round = 1; round <= 3; round++) {
      const call = supervised.submit();
      for (const waitMs of waitsMs) {
        await settle();
        vi.advanceTimersByTime(waitMs);
      }
      expect(await call, `round ${round}`).toMatchObject({ kind: "accepted" });
      expect(supervised.gaveUp).toEqual([]);
    }
    supervised.close();
  });

  test("a call made while there is no shard is made once there is", async () => {
    const supervised = new Supervised((journal, opening, data) =>
      opening === 1 ? failing(journal, data, 1, "lost") : journal,
    );
    const before = supervised.submit();
    await settle();
    const between = supervised.submit();
    vi.advanceTimersByTime(50);
    expect(await before).toEqual({ kind: "accepted", existed: false });
    expect(await between).toEqual({ kind: "accepted", existed: true });
    supervised.close();
  });

  test("a close while there is no shard rejects every call, and none is opened any more", async () => {
    const supervised = new Supervised((journal, _, data) => failing(journal, data, 1, "lost"));
    const call = supervised.submit();
    call.catch(() => undefined);
    await settle();
    supervised.close();
    await expect(call).rejects.toBe(closed);
    await expect(supervised.submit()).rejects.toBe(closed);
    vi.runAllTimers();
    expect(supervised.openings).toBe(1);
    expect(supervised.gaveUp, "closing is no failure").toEqual([]);
  });

  test("a commit that fails while the shard is being taken up is one failure, however many hear of it", async () => {
    const supervised = new Supervised((journal, opening, data) =>
      opening === 1 ? failing(journal, data, 1, "refused") : journal,
    );
    const call = supervised.submit();
    await settle();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(50);
    expect(await call).toEqual({ kind: "accepted", existed: false });
    supervised.close();
  });

  test("a call that throws on the next shard is rejected, and the others are made", async () => {
    const supervised = new Supervised((journal, opening, data) =>
      opening === 1 ? failing(journal, data, 1, "lost") : journal,
    );
    let made = 0;
    const throws = supervised.supervisor.call(() => {
      if (++made === 1) return new Promise(() => undefined);
      throw new Error("no");
    });
    const submit = supervised.submit();
    await settle();
    vi.advanceTimersByTime(50);
    await expect(throws).rejects.toThrow("no");
    expect(await submit).toMatchObject({ kind: "accepted" });
    supervised.close();
  });

  test("a failure that is told twice is one failure", () => {
    const told: ((error: unknown) => void)[] = [];
    const data = rig.folder();
    const supervisor = new Supervisor(
      (onFailure) => {
        told.push(onFailure);
        const open = rig.open(data, { onFailure });
        return { shard: open.shard, close: () => open.close() };
      },
      () => undefined,
    );
    told[0]?.(failure);
    told[0]?.(failure);
    vi.advanceTimersByTime(50);
    told[0]?.(failure);
    vi.runAllTimers();
    expect(told).toHaveLength(2);
    supervisor.close(closed);
  });
});

test("a call that is rejected by a sound shard is answered so, and made once", async () => {
  const supervised = new Supervised((journal) => journal);
  const run = vi.fn<(shard: Shard) => Promise<void>>(() => Promise.reject(new Error("no")));
  await expect(supervised.supervisor.call(run)).rejects.toThrow("no");
  expect(run).toHaveBeenCalledTimes(1);
  expect(supervised.openings).toBe(1);
  supervised.close();
});

test("a journal that can't be opened at first is nobody's to keep going", () => {
  const open = () => {
    throw failure;
  };
  expect(() => new Supervisor(open, () => undefined)).toThrow(failure);
});
