/** What the standard libraries of languages make of WASI, in components as their tools build them. */
import { existsSync, readFileSync } from "node:fs";
import { afterAll, assert, beforeAll, describe, expect, test } from "vitest";
import { type GuestName, guestFile, leftOut } from "../../components/guests.ts";
import { readComponentType } from "../../host/component/component.ts";
import type { ComponentKind } from "../../host/core/deployment.ts";
import type { Outcome } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import { checkWorld } from "../../host/core/world.ts";
import { hostOffers } from "../../host/offers.ts";
import { logsIn, Rig } from "../support/rig.ts";
import { WebService } from "../support/web-service.ts";

const attemptFunction = "test:surroundings/surroundings@0.1.0.attempt";
const id = "E_01K42AJA8QHD7D3GTJAYMASFYC" as ExecutionId;

type Attempt = readonly [what: string, argument: string];

/** What has been done, how it ended and what it logged. */
interface Done {
  readonly outcome: Outcome;
  readonly logs: readonly string[];
}

let service: WebService;
beforeAll(async () => {
  service = await WebService.start();
});
afterAll(() => service.stop());

/** A deployment of one guest, whose every attempt is its own execution in a folder of its own. */
class Guest {
  readonly #rig: Rig;

  private constructor(rig: Rig) {
    this.#rig = rig;
  }

  static async of(name: GuestName, kind: ComponentKind): Promise<Guest> {
    const retry = { retriesMax: 0, backoffMs: 1, backoffMaxMs: 1 };
    const allowedHosts = kind === "activity" ? [{ pattern: service.origin }] : [];
    return new Guest(await Rig.of({ name, kind, bytes: readFileSync(guestFile(name)), retry, allowedHosts }));
  }

  async attempt(...attempt: Attempt): Promise<Done> {
    const folder = this.#rig.folder();
    const open = this.#rig.open(folder);
    try {
      const outcome = await open.run(id, attemptFunction, attempt);
      const logs = logsIn(folder).get(id) ?? [];
      return { outcome, logs: logs.map(({ level, message }) => `${level} ${message}`) };
    } finally {
      open.close();
      this.#rig.remove(folder);
    }
  }

  /** What ok or err says. */
  async says(...attempt: Attempt): Promise<unknown> {
    const { outcome } = await this.attempt(...attempt);
    assert(!("failure" in outcome), JSON.stringify(outcome));
    return "ok" in outcome ? outcome : outcome.err;
  }

  close(): Promise<void> {
    return this.#rig.close();
  }
}

type SocketAttempt = "dial" | "listen" | "send" | "resolve";

/** How each language's library words what it is refused; undefined where it has nothing of the kind. */
interface Words {
  readonly guest: GuestName;
  readonly noVariable?: string;
  readonly noFile?: RegExp;
  readonly hasInput?: boolean;
  readonly noSocket?: Readonly<Partial<Record<SocketAttempt, RegExp>>>;
  readonly http?: boolean;
  readonly exits?: boolean;
  /** A line on standard error by which one knows why it panicked. */
  readonly panic?: string;
}

const denied = /^Permission denied \(os error 2\)$/;

const languages: readonly Words[] = [
  {
    guest: "surroundings-c",
    noVariable: "not set",
    noFile: /^Capabilities insufficient$/,
    hasInput: true,
    exits: true,
  },
  {
    guest: "surroundings-rust",
    noVariable: "environment variable not found",
    noFile: /^No such file or directory \(os error 44\)$/,
    hasInput: true,
    exits: true,
    panic: "stderr aua",
  },
  {
    guest: "surroundings-rust-network",
    noVariable: "environment variable not found",
    noFile: /^No such file or directory \(os error 44\)$/,
    hasInput: true,
    noSocket: { dial: denied, listen: denied, send: denied, resolve: denied },
    http: true,
    exits: true,
    panic: "stderr aua",
  },
  {
    guest: "surroundings-go",
    noVariable: "not set",
    noFile: /^open .*: Bad file number$/,
    hasInput: true,
    // On preview 1 Go has a network of its own within the guest, where nobody listens.
    noSocket: { dial: /: connect: Connection refused$/, resolve: /^lookup localhost on .*: Connection reset by peer$/ },
    exits: true,
    panic: "stderr panic: aua",
  },
  { guest: "surroundings-js", http: true, panic: "stderr Redirecting call to abort() to mozalloc_abort" },
];

const present = languages.filter(({ guest }) => leftOut(guest) === undefined);

test("the guests of every compiler that is here are built", () => {
  expect(present.filter(({ guest }) => !existsSync(guestFile(guest)))).toEqual([]);
});

describe.each(present)("the activity $guest", ({ guest: name, ...words }) => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await Guest.of(name, "activity");
  });
  afterAll(() => guest.close());

  test("imports what there is", () => {
    const type = readComponentType(readFileSync(guestFile(name)));
    expect(checkWorld([{ name, kind: "activity", type }], hostOffers)).toEqual([]);
  });

  test("has the machine's time and its own random numbers", async () => {
    const before = Math.floor(Date.now() / 1000);
    const { ok } = (await guest.says("now", "")) as { ok: string };
    expect(Number(ok)).toBeGreaterThanOrEqual(before);
    expect(await guest.says("random", "")).not.toEqual(await guest.says("random", ""));
    expect(await guest.says("sleep", "20")).toEqual({ ok: "true" });
  });

  test("writes its standard output and error into the log", async () => {
    expect((await guest.attempt("say", "hello")).logs).toEqual(["stdout hello"]);
    expect((await guest.attempt("complain", "oops")).logs).toEqual(["stderr oops"]);
  });

  test("has nothing that was not granted", async () => {
    expect(await guest.says("env", "PATH")).toBe(words.noVariable ?? "no env");
    expect(await guest.says("hear", "")).toEqual(words.hasInput === true ? { ok: "" } : "no hear");
    for (const path of ["/etc/passwd", "package.json", "../package.json"]) {
      expect(await guest.says("read", path)).toMatch(words.noFile ?? /^no read$/);
      expect(await guest.says("write", path)).toMatch(words.noFile ?? /^no write$/);
    }
    expect(await guest.says("list", "/")).toMatch(words.noFile ?? /^no list$/);
  });

  test("is told by its own library that it may have no socket", async () => {
    const seen = service.seen.length;
    for (const what of ["dial", "listen", "send", "resolve"] as const) {
      const address = what === "resolve" ? "localhost:80" : service.authority;
      expect(await guest.says(what, address)).toMatch(words.noSocket?.[what] ?? new RegExp(`^no ${what}$`));
    }
    expect(service.seen).toHaveLength(seen);
  });

  test("reaches the hosts that are allowed, and no others", async () => {
    if (words.http !== true) return expect(await guest.says("get", `${service.origin}/`)).toBe("no get");
    expect(await guest.says("get", `${service.origin}/`)).toEqual({ ok: "200 GET" });
    const { outcome, logs } = await guest.attempt("get", "http://127.0.0.1:1/");
    expect(outcome).toHaveProperty("err");
    expect(logs[0]).toContain("warn request GET http://127.0.0.1:1 denied");
  });

  test("panics and exits end the attempt, and say so", async () => {
    const panicked = await guest.attempt("panic", "aua");
    expect(panicked.outcome).toMatchObject({ reason: expect.stringMatching(/^unreachable/) as unknown });
    if (words.panic !== undefined) expect(panicked.logs).toContain(words.panic);
    if (words.exits !== true) return;
    for (const [code, said] of [
      ["3", "err"],
      ["0", "ok"],
    ] as const) {
      const { outcome } = await guest.attempt("exit", code);
      expect(outcome).toMatchObject({ reason: expect.stringContaining(`the guest called exit(${said})`) as unknown });
    }
    expect(await guest.says("sleep", "0")).toEqual({ ok: "true" });
  });
});

const deterministic = present.filter(({ http }) => http !== true);

describe.each(deterministic)("the workflow $guest", ({ guest: name, ...words }) => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await Guest.of(name, "workflow");
  });
  afterAll(() => guest.close());

  test("has the same time and the same random numbers in each run", async () => {
    expect(await guest.says("random", "")).toEqual(await guest.says("random", ""));
    expect(await guest.says("now", "")).toEqual(await guest.says("now", ""));
  });

  test("has no files and no environment, and may not wait by WASI", async () => {
    expect(await guest.says("env", "PATH")).toBe(words.noVariable);
    expect(await guest.says("read", "/etc/passwd")).toMatch(words.noFile ?? /^no read$/);
    expect((await guest.attempt("sleep", "20")).outcome).toMatchObject({
      reason: expect.stringContaining("a workflow can't wait by WASI") as unknown,
    });
    expect((await guest.attempt("exit", "3")).outcome).toHaveProperty("failure");
  });
});

test.each(present.filter(({ http }) => http === true))("$guest is no workflow, since it imports HTTP", ({ guest }) => {
  const type = readComponentType(readFileSync(guestFile(guest)));
  expect(checkWorld([{ name: "w", kind: "workflow", type }], hostOffers).at(-1)).toMatch(
    /the workflow w imports wasi:http\/outgoing-handler@0\.2\.\d+, which only an activity may/,
  );
});

test.skipIf(leftOut("command-rust") !== undefined)(
  "a program as cargo builds it is refused: it exports only run",
  () => {
    const type = readComponentType(readFileSync(guestFile("command-rust")));
    expect(checkWorld([{ name: "program", kind: "activity", type }], hostOffers)).toEqual([
      expect.stringMatching(
        /^program exports only wasi:cli\/run@0\.2\.\d+, which this host does not call; an activity exports an interface of its own/,
      ),
    ]);
  },
);
