/** The script guest is one component in three languages: what it asks and what it writes down are the same in all. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { buildGuest, guestFile } from "../../components/guests.ts";
import { loadComponent, prepareComponent, readComponentType } from "../../host/component/component.ts";
import { functionDifference } from "../../host/core/wit/difference.ts";
import type { FunctionType } from "../../host/core/wit/type.ts";
import { GuestTrap, type LoadedComponent } from "../../host/ports/components.ts";
import { anId } from "../support/signature.ts";
import { type Answers, err, ToldHost } from "../support/told-host.ts";

const languages = ["quickjs", "starlingmonkey", "c"] as const;

const cacheDir = join(import.meta.dirname, "..", "..", "build", "cache");

/** Runs a script against a host that gives these answers. */
async function call(component: LoadedComponent, script: string, answers: Answers = {}, name = "run") {
  const host = new ToldHost(answers);
  const limits = { memoryBytesMax: 64 * 1024 * 1024, fuel: 1_000_000_000 };
  const guest = component.instantiate(host.imports(component.type), limits);
  const result = await guest.call("contract:guests/script@1.0.0", name, [script]);
  return { result, asked: host.asked.filter((one) => one !== "support.execution-id-current") };
}

const ok = (val?: unknown) => ({ tag: "ok", val });
const failed = (val?: unknown) => ({ tag: "err", val });
const id = (text: string) => ({ id: text });
const child = `${anId}.n:a_1`;
const ofChild = { tag: "execution-id", val: id(child) };
const ofDelay = { tag: "delay-id", val: id(`${child.replace("E_", "D_")}2`) };
const one = { interfaceName: "a:b/c", functionName: "d" };
const other = { interfaceName: "e:f/g@1.0.0", functionName: "h" };
const mismatch = (actualFunction: object | undefined, actualId: object) =>
  err({ tag: "function-mismatch", val: { specifiedFunction: one, actualFunction, actualId } });
const refused = (tag: string, val?: string) => err({ tag, val });

/** A script, what its one answer is, what it writes down, and what it has asked. */
type Case = [script: string, answers: Answers, transcript: string, asked: string[]];

const ids: Case[] = [
  ["id", {}, "id: E~", []],
  ["generate", { "support.execution-id-generate": id("E_OTHER") }, "generate: E?", ["support.execution-id-generate"]],
  ["generate", { "support.execution-id-generate": id(child) }, "generate: E~.n:a_1", ["support.execution-id-generate"]],
  [
    "generate",
    { "support.execution-id-generate": id(`${anId}0.n:a_1`) },
    "generate: E?.n:a_1",
    ["support.execution-id-generate"],
  ],
  ["last-call", {}, "last-call: none", ["support.last-direct-call-id"]],
  ["last-call", { "support.last-direct-call-id": id(child) }, "last-call: E~.n:a_1", ["support.last-direct-call-id"]],
  ["last-oneoff", {}, "last-oneoff: none", ["support.last-oneoff-id"]],
  ["last-oneoff", { "support.last-oneoff-id": ofDelay }, "last-oneoff: D~.n:a_12", ["support.last-oneoff-id"]],
];

const created = ["support.join-set-create"];
const joinSets: Case[] = [
  ["create 1\nclose 1", {}, "create: ok\nclose: ok", [...created, 'support.join-set-close "#1"']],
  ["create 1\ndrop 1", {}, "create: ok\ndrop: ok", [...created, 'join-set.drop "#1"']],
  [
    "create 1\ncreate 2\ndrop 1\ncreate 1\nclose 2",
    {},
    "create: ok\ncreate: ok\ndrop: ok\ncreate: ok\nclose: ok",
    [...created, ...created, 'join-set.drop "#1"', ...created, 'support.join-set-close "#2"'],
  ],
  ["named 1 a/b", {}, "named: ok", ['support.join-set-create-named "a/b"']],
  [
    "named 1 a",
    { "support.join-set-create-named": refused("conflict") },
    "named: !conflict",
    ['support.join-set-create-named "a"'],
  ],
  [
    "named 1 a b",
    { "support.join-set-create-named": refused("invalid-name", "a b") },
    "named: !invalid-name(a b)",
    ['support.join-set-create-named "a b"'],
  ],
  ["create 1\nset-id 1", { "join-set.id": "g:1" }, "create: ok\nset-id: g:1", [...created, 'join-set.id "#1"']],
  ["create 1\nlast 1", {}, "create: ok\nlast: none", [...created, 'join-set.last-id "#1"']],
  [
    "create 1\nlast 1",
    { "join-set.last-id": ofChild },
    "create: ok\nlast: E~.n:a_1",
    [...created, 'join-set.last-id "#1"'],
  ],
];

const work = (name: string) => `{"interfaceName":"contract:guests/work@1.0.0","functionName":"${name}"}`;
const submitted = [...created, `support.submit-json "#1" ${work("echo")} "[\\"a b\\"]"`];
const next = [...created, 'support.join-next "#1"'];
const tried = [...created, 'support.join-next-try "#1"'];
const asJson: Case[] = [
  [
    'create 1\nsubmit 1 work echo ["a b"]',
    { "support.submit-json": id(child) },
    "create: ok\nsubmit: E~.n:a_1",
    submitted,
  ],
  [
    'create 1\nsubmit 1 work echo ["a b"]',
    { "support.submit-json": refused("type-check-error", "why") },
    "create: ok\nsubmit: !type-check-error(why)",
    submitted,
  ],
  [
    'create 1\nsubmit 1 work echo ["a b"]',
    { "support.submit-json": refused("function-not-found") },
    "create: ok\nsubmit: !function-not-found",
    submitted,
  ],
  ["create 1\nnext 1", { "support.join-next": ok("1") }, "create: ok\nnext: ok(1)", next],
  ["create 1\nnext 1", { "support.join-next": ok() }, "create: ok\nnext: ok", next],
  ["create 1\nnext 1", { "support.join-next": failed('"no"') }, 'create: ok\nnext: err("no")', next],
  ["create 1\nnext 1", { "support.join-next": failed() }, "create: ok\nnext: err", next],
  ["create 1\nnext 1", { "support.join-next": refused("all-processed") }, "create: ok\nnext: !all-processed", next],
  ["create 1\ntry 1", { "support.join-next-try": refused("pending") }, "create: ok\ntry: !pending", tried],
  ["create 1\ntry 1", { "support.join-next-try": ok("2") }, "create: ok\ntry: ok(2)", tried],
  [
    "create 1\nloop 3\ntry 1",
    { "support.join-next-try": refused("pending") },
    "create: ok\ntry: !pending x3",
    [...tried, ...tried.slice(1), ...tried.slice(1)],
  ],
  [`get ${child}`, { "support.get-result-json": ok("3") }, "get: ok(3)", [`support.get-result-json {"id":"${child}"}`]],
  [
    "get a",
    { "support.get-result-json": refused("execution-id-parsing-error", "why") },
    "get: !execution-id-parsing-error(why)",
    ['support.get-result-json {"id":"a"}'],
  ],
  ["kind a", {}, "kind: none", ['support.get-execution-failure-kind {"id":"a"}']],
  [
    "kind a",
    { "support.get-execution-failure-kind": "out-of-fuel" },
    "kind: out-of-fuel",
    ['support.get-execution-failure-kind {"id":"a"}'],
  ],
  [
    "kind a",
    { "support.get-execution-failure-kind": refused("not-found-in-processed-responses") },
    "kind: !not-found-in-processed-responses",
    ['support.get-execution-failure-kind {"id":"a"}'],
  ],
  ["call work nothing []", { "support.call-json": ok() }, "call: ok", [`support.call-json ${work("nothing")} "[]"`]],
  [
    "call a:b/c@2.0.0 d []",
    { "support.call-json": refused("ffqn-parsing-error", "why") },
    "call: !ffqn-parsing-error(why)",
    ['support.call-json {"interfaceName":"a:b/c@2.0.0","functionName":"d"} "[]"'],
  ],
  [
    "schedule a now work echo [1, 2]",
    {},
    "schedule: ok",
    [`support.schedule-json {"id":"a"} {"tag":"now"} ${work("echo")} "[1, 2]"`],
  ],
  [
    "schedule a now work echo []",
    { "support.schedule-json": refused("function-not-found") },
    "schedule: !function-not-found",
    [`support.schedule-json {"id":"a"} {"tag":"now"} ${work("echo")} "[]"`],
  ],
  ['stub a {"ok": 1}', {}, "stub: ok", [String.raw`support.stub-json {"id":"a"} "{\"ok\": 1}"`]],
  ["stub a 1", { "support.stub-json": refused("conflict") }, "stub: !conflict", ['support.stub-json {"id":"a"} "1"']],
];

const instant = { seconds: 1n, nanoseconds: 0 };
const slept = (at: string, name: string) => [`support.sleep ${at} ${name}`];
const within = (tag: string, val: number) => `{"tag":"in","val":{"tag":"${tag}","val":${val}}}`;
const time: Case[] = [
  ["sleep now", { "support.sleep": instant }, "sleep: t", slept('{"tag":"now"}', "none")],
  ["sleep in:ms:5 nap", { "support.sleep": instant }, "sleep: t", slept(within("milliseconds", 5), '"nap"')],
  ["sleep in:s:86400", { "support.sleep": err() }, "sleep: err", slept(within("seconds", 86_400), "none")],
  ["sleep in:min:2", { "support.sleep": instant }, "sleep: t", slept(within("minutes", 2), "none")],
  ["sleep in:h:3", { "support.sleep": instant }, "sleep: t", slept(within("hours", 3), "none")],
  ["sleep in:d:3650", { "support.sleep": instant }, "sleep: t", slept(within("days", 3_650), "none")],
  [
    "sleep at:5.7",
    { "support.sleep": instant },
    "sleep: t",
    slept('{"tag":"at","val":{"seconds":5,"nanoseconds":7}}', "none"),
  ],
  [
    "create 1\ndelay 1 in:ms:1\nget $2",
    { "support.submit-delay": ofDelay.val, "support.get-result-json": ok() },
    "create: ok\ndelay: D~.n:a_12\nget: ok",
    [
      ...created,
      `support.submit-delay "#1" ${within("milliseconds", 1)}`,
      `support.get-result-json ${JSON.stringify(ofDelay.val)}`,
    ],
  ],
];

const chance: Case[] = [
  ["u64 1 3", { "support.random-u64": 2n }, "u64: drawn", ["support.random-u64 1 3"]],
  ["u64 1 3", { "support.random-u64": 3n }, "u64: out-of-range", ["support.random-u64 1 3"]],
  ["u64 1 3", { "support.random-u64": 0n }, "u64: out-of-range", ["support.random-u64 1 3"]],
  ["u64i 1 3", { "support.random-u64-inclusive": 3n }, "u64i: drawn", ["support.random-u64-inclusive 1 3"]],
  ["u64i 1 3", { "support.random-u64-inclusive": 4n }, "u64i: out-of-range", ["support.random-u64-inclusive 1 3"]],
  ["string 1 3", { "support.random-string": "a9" }, "string: drawn", ["support.random-string 1 3"]],
  ["string 1 3", { "support.random-string": "a9Z" }, "string: out-of-range", ["support.random-string 1 3"]],
  ["string 1 3", { "support.random-string": "-" }, "string: out-of-range", ["support.random-string 1 3"]],
];

const extensions: Case[] = [
  [
    "create 1\nx-submit 1 typed 7\nx-get typed $2",
    { "work-ext.typed-submit": id(child), "work-ext.typed-get": failed({ tag: "odd", val: 7 }) },
    "create: ok\nx-submit: E~.n:a_1\nx-get: err(odd(7))",
    [...created, 'work-ext.typed-submit "#1" 7', `work-ext.typed-get {"id":"${child}"}`],
  ],
  [
    "create 1\nx-next 1 echo",
    { "work-ext.echo-await-next": mismatch(other, ofChild) },
    "create: ok\nx-next: !function-mismatch(a:b/c.d, e:f/g@1.0.0.h, E~.n:a_1)",
    [...created, 'work-ext.echo-await-next "#1"'],
  ],
  [
    "create 1\nx-next 1 nothing",
    { "work-ext.nothing-await-next": mismatch(undefined, ofDelay) },
    "create: ok\nx-next: !function-mismatch(a:b/c.d, none, D~.n:a_12)",
    [...created, 'work-ext.nothing-await-next "#1"'],
  ],
  [
    "create 1\nx-next 1 run",
    { "script-ext.run-await-next": refused("all-processed") },
    "create: ok\nx-next: !all-processed",
    [...created, 'script-ext.run-await-next "#1"'],
  ],
  [
    "x-get bare a",
    { "script-ext.bare-get": refused("not-found-in-processed-responses") },
    "x-get: !not-found-in-processed-responses",
    ['script-ext.bare-get {"id":"a"}'],
  ],
  [
    "x-schedule now run-typed id;sleep now",
    { "script-schedule.run-typed-schedule": id("E_OTHER") },
    "x-schedule: E?",
    [String.raw`script-schedule.run-typed-schedule {"tag":"now"} "id\nsleep now"`],
  ],
  ["x-stub a ok yes it is", {}, "x-stub: ok", ['approval-stub.approve-stub {"id":"a"} {"tag":"ok","val":"yes it is"}']],
  [
    "x-stub a err no",
    { "approval-stub.approve-stub": refused("type-check-error", "why") },
    "x-stub: !type-check-error(why)",
    ['approval-stub.approve-stub {"id":"a"} {"tag":"err","val":"no"}'],
  ],
];

const direct: Case[] = [
  ["direct echo a  b ", { "work.echo": "žluť 🐎" }, "direct: ok(žluť 🐎)", ['work.echo "a  b "']],
  ["direct echo", { "work.echo": "" }, "direct: ok()", ['work.echo ""']],
  ["direct fail x", { "work.fail": err("no") }, "direct: err(no)", ['work.fail "x"']],
  ["direct typed 4", { "work.typed": 4 }, "direct: ok(4)", ["work.typed 4"]],
  [
    "direct typed 0",
    { "work.typed": refused("permanent-refusal", "why") },
    "direct: err(permanent-refusal(why))",
    ["work.typed 0"],
  ],
  ["direct typed 5", { "work.typed": refused("execution-failed") }, "direct: err(execution-failed)", ["work.typed 5"]],
  ["direct nothing", {}, "direct: ok", ["work.nothing"]],
  ["direct nothing", { "work.nothing": err() }, "direct: err", ["work.nothing"]],
  ["direct crash", { "work.crash": err("x") }, "direct: err(x)", ["work.crash"]],
  ["direct spin", { "work.spin": "x" }, "direct: ok(x)", ["work.spin"]],
  ["direct approve a", { "approval.approve": "b" }, "direct: ok(b)", ['approval.approve "a"']],
  [
    "direct run id;direct run id~id",
    { "script.run": "x" },
    "direct: ok(x)",
    [String.raw`script.run "id\ndirect run id;id"`],
  ],
  ["direct run-cancellable id", { "script.run-cancellable": "x" }, "direct: ok(x)", ['script.run-cancellable "id"']],
  [
    "direct run-typed id",
    { "script.run-typed": refused("refused", "no") },
    "direct: err(refused(no))",
    ['script.run-typed "id"'],
  ],
  ["direct bare id", { "script.bare": err() }, "direct: err", ['script.bare "id"']],
  ["log warn a b", {}, "log: ok", ['log.warn "a b"']],
];

const functions = ["echo", "fail", "typed", "nothing", "crash", "spin"].map((name) => ["work", name] as const);
const scripts = ["run", "run-cancellable", "run-typed", "bare"].map((name) => ["script", name] as const);

describe.each(languages)("in %s, a script", (language) => {
  let component: LoadedComponent;
  beforeAll(async () => {
    await buildGuest(`script-${language}`);
    component = loadComponent(await prepareComponent(readFileSync(guestFile(`script-${language}`)), { cacheDir }));
  }, 120_000);

  describe.each(Object.entries({ ids, joinSets, asJson, time, chance, extensions, direct }))("%s", (_what, cases) => {
    test.each(cases)("%j against %o writes %j", async (script, answers, transcript, asked) => {
      expect(await call(component, script, answers)).toEqual({ result: ok(transcript), asked });
    });
  });

  test.each([...functions, ...scripts, ["approval", "approve"] as const])("knows %s.%s", async (ifc, name) => {
    const script = `create 1\nx-submit 1 ${name} 2\nx-next 1 ${name}\nx-get ${name} $2\ndirect ${name} 2`;
    const { asked } = await call(component, script, {
      [`${ifc}-ext.${name}-submit`]: id(child),
      [`${ifc}-ext.${name}-await-next`]: refused("all-processed"),
      [`${ifc}-ext.${name}-get`]: refused("not-found-in-processed-responses"),
      [`${ifc}.${name}`]: name === "typed" || name === "run-typed" ? 2 : "x",
    });
    expect(asked.map((question) => question.split(" ")[0])).toEqual([
      "support.join-set-create",
      `${ifc}-ext.${name}-submit`,
      `${ifc}-ext.${name}-await-next`,
      `${ifc}-ext.${name}-get`,
      `${ifc}.${name}`,
    ]);
  });

  test.each([...functions, ...scripts])("schedules %s.%s", async (ifc, name) => {
    const answers = { [`${ifc}-schedule.${name}-schedule`]: id("E_OTHER") };
    const { result, asked } = await call(component, `x-schedule in:d:1 ${name} 2`, answers);
    expect(result).toEqual(ok("x-schedule: E?"));
    expect(asked[0]).toMatch(`${ifc}-schedule.${name}-schedule ${within("days", 1)}`);
  });

  test("polls until something is ready", async () => {
    let left = 100;
    const tried = () => (left-- === 0 ? ok("1") : refused("pending")());
    const { result } = await call(component, "create 1\nuntil-ready 1", { "support.join-next-try": tried });
    expect(result).toEqual(ok("create: ok\nuntil-ready: ok(1)"));
    expect(left).toBe(-1);
  });

  test.each<[name: string, script: string, result: object]>([
    ["run", "", ok("")],
    ["run", "\n\nid\n", ok("id: E~")],
    ["run", "id\nreturn a text\nid", ok("a text")],
    ["run", "id\nreturn", ok("")],
    ["run", "id\nerr a text\nid", failed("a text")],
    ["run-cancellable", "id\nid", ok("id: E~\nid: E~")],
    ["run-typed", "id\nid", ok(2)],
    ["run-typed", "return 12", ok(12)],
    ["run-typed", "err no", failed({ tag: "refused", val: "no" })],
    ["bare", "id", ok()],
    ["bare", "err", failed()],
    ["run", "sing", failed("script: there is no operation sing")],
    ["run", "next 1", failed("script: there is no join set 1")],
    ["run", "create 1\nclose 1\nnext 1", failed("script: there is no join set 1")],
    ["run", "create 1\ncreate 1", failed("script: there is a join set 1 already")],
    ["run", "direct sing", failed("script: there is no function sing")],
    ["run", "get $1", failed("script: $1 is no id")],
    ["run", "last-call\nget $1", failed("script: $1 is no id")],
    ["run", "sleep soon", failed("script: soon is no time")],
    ["run", "sleep in:years:1", failed("script: in:years:1 is no time")],
    ["run", "log loud x", failed("script: there is no level loud")],
    ["run", "x-schedule now approve x", failed("script: approve is not to be scheduled")],
    ["run", "x-stub a maybe x", failed("script: maybe is neither ok nor err")],
  ])("%s %j ends with %o", async (name, script, result) => {
    expect((await call(component, script, {}, name)).result).toEqual(result);
  });

  test.each(["run", "run-cancellable", "run-typed", "bare"])("traps in %s", async (name) => {
    const empty = () => {
      throw new GuestTrap("the range is empty");
    };
    await expect(call(component, "id\ntrap\nid", { "support.random-u64": empty }, name)).rejects.toThrow(GuestTrap);
  });
});

describe("the components", () => {
  const [first, ...others] = languages.map((language) =>
    readComponentType(readFileSync(guestFile(`script-${language}`))),
  );

  test.each(["imports", "exports"] as const)("have the same %s", (side) => {
    const own = [...(first?.[side] ?? [])].filter(([name]) => !name.startsWith("wasi:"));
    expect(own.length).toBeGreaterThan(0);
    for (const [name, { functions }] of own) {
      for (const other of others) {
        const found = other[side].get(name)?.functions ?? new Map<string, FunctionType>();
        expect([...found.keys()].toSorted()).toEqual([...functions.keys()].toSorted());
        const differences = [...functions].map(([short, type]) => {
          return functionDifference(short, type, found.get(short) ?? { params: [] });
        });
        expect(differences.filter((difference) => difference !== undefined)).toEqual([]);
      }
    }
  });
});
