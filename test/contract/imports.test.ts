/** What the contract says of imports: versions side by side, with and without a version, and all that is missing at once. */
import { writeFileSync } from "node:fs";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildStub, wrapModule } from "../../host/component/build/build-component.ts";
import { digestOf, readComponentType } from "../../host/component/component.ts";
import { HostError } from "../../host/core/host-error.ts";
import { readDeployment } from "../../host/deployment/read.ts";
import { hostOffers } from "../../host/offers.ts";
import { Workshop } from "../build/workshop.ts";
import { historiesIn, logsIn, Rig } from "../support/rig.ts";
import { anId } from "../support/signature.ts";

let workshop: Workshop;
beforeAll(() => {
  workshop = new Workshop();
});
afterAll(() => workshop.remove());

const table = (kind: string, name: string) => `[[${kind}]]\nname = "${name}"\nlocation = "${name}.wasm"\n`;

function load(...tables: readonly string[]) {
  workshop.put({ "deployment.toml": tables.join("\n") });
  return readDeployment(workshop.path("deployment.toml"), { digestOf, readComponentType, offers: hostOffers });
}

/** The HostError that loading them ends with. */
function refusal(...tables: readonly string[]): HostError {
  try {
    load(...tables);
  } catch (error) {
    if (error instanceof HostError && error.code === "component-refused") return error;
    throw error;
  }
  throw new Error("the components fit together");
}

describe("several versions of a package side by side", () => {
  /** Packages that declare the same interface; what `which` of the n-th returns is n. No two versions are compatible: wit-component
   *  would make one import of them. */
  const packages = ["ver:ops@0.1.0", "ver:ops@1.2.0", "ver:ops@2.0.0", "bare:ops"].map((name) => {
    const [plain = "", version = ""] = name.split("@");
    const at = version === "" ? "" : `@${version}`;
    return {
      name,
      ops: `${plain}/ops${at}`,
      extended: `${plain}-obelisk-ext${at}`,
      ext: `${plain}-obelisk-ext/ops${at}`,
    };
  });

  const interfaceText = (name: string) => `package ${name};\ninterface ops { which: func() -> result<u32>; }\n`;
  const extensionText = (name: string) => `package ${name};
interface ops {
  use obelisk:types/execution@5.0.0.{execution-id, await-next-extension-error, get-extension-error};
  use obelisk:types/join-set@5.0.0.{join-set};
  which-submit: func(join-set: borrow<join-set>) -> execution-id;
  which-await-next: func(join-set: borrow<join-set>) -> result<result<u32>, await-next-extension-error>;
  which-get: func(execution-id: execution-id) -> result<result<u32>, get-extension-error>;
}
`;
  const world = `package contract:importer@1.0.0;
interface flows {
  direct: func() -> result<u32>;
  extended: func() -> result<u32>;
  mismatched: func() -> result<u32>;
}
world importer {
${packages.map(({ ops, ext }) => `  import ${ops};\n  import ${ext};`).join("\n")}
  import obelisk:log/log;
  import obelisk:workflow/workflow-support@6.0.0;
  export flows;
}
`;

  /** Results of calls lie at 64, the workflow's own at 32; a result is a byte for its case and what it holds, from 4 on. */
  const importer = `(module
${packages
  .map(
    ({ ops, ext }, i) => `  (import "${ops}" "which" (func $which${i} (param i32)))
  (import "${ext}" "which-submit" (func $submit${i} (param i32 i32)))
  (import "${ext}" "which-await-next" (func $next${i} (param i32 i32)))`,
  )
  .join("\n")}
  (import "obelisk:log/log" "info" (func $info (param i32 i32)))
  (import "obelisk:workflow/workflow-support@6.0.0" "join-set-create" (func $create (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "unversioned")
  (global $top (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $top (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.get $top)
    (global.set $top (i32.add (global.get $top) (local.get 3))))
  (func $ok (param $value i32) (result i32)
    (i32.store (i32.const 36) (local.get $value))
    (i32.const 32))
  (func $append (param $sum i32) (param $at i32) (result i32)
    (if (i32.load8_u (local.get $at)) (then unreachable))
    (i32.add (i32.mul (local.get $sum) (i32.const 10)) (i32.load offset=4 (local.get $at))))
  (func (export "contract:importer/flows@1.0.0#direct") (result i32) (local $sum i32)
    (call $info (i32.const 16) (i32.const 11))
${packages
  .map(
    (_, i) => `    (call $which${i} (i32.const 64))
    (local.set $sum (call $append (local.get $sum) (i32.const 64)))`,
  )
  .join("\n")}
    (call $ok (local.get $sum)))
  (func (export "contract:importer/flows@1.0.0#extended") (result i32) (local $sum i32) (local $set i32)
    (local.set $set (call $create))
${packages
  .map(
    (_, i) => `    (call $submit${i} (local.get $set) (i32.const 64))
    (call $next${i} (local.get $set) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then unreachable))
    (local.set $sum (call $append (local.get $sum) (i32.const 68)))`,
  )
  .join("\n")}
    (call $ok (local.get $sum)))
  (func (export "contract:importer/flows@1.0.0#mismatched") (result i32) (local $set i32)
    (local.set $set (call $create))
    (call $submit0 (local.get $set) (i32.const 64))
    (call $next1 (local.get $set) (i32.const 64))
    (call $ok (i32.add (i32.mul (i32.load8_u (i32.const 64)) (i32.const 10)) (i32.load8_u (i32.const 68))))))`;

  const worker = (ops: string, n: number) => `(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "${ops}#which") (result i32)
    (i32.store (i32.const 20) (i32.const ${n}))
    (i32.const 16)))`;

  let rig: Rig;

  beforeAll(async () => {
    const log = "package obelisk:log;\ninterface log { info: func(message: string); }\n";
    const deps = packages.flatMap(({ name, extended }, i): (readonly [string, string])[] => [
      [`importer/deps/ops${i}/ops.wit`, interfaceText(name)],
      [`importer/deps/ext${i}/ops.wit`, extensionText(extended)],
    ]);
    workshop.put({
      ...Object.fromEntries<string>(deps),
      "importer/deps/log/log.wit": log,
      "importer/importer.wit": world,
    });
    const wrap = async (name: string, text: string, of: string) => {
      const bytes = await wrapModule({ module: await parse(text), wit: workshop.path(name), world: of });
      writeFileSync(workshop.path(`${name}.wasm`), bytes);
      return { name, bytes };
    };
    const workers = [];
    for (const [i, { name, ops }] of packages.entries()) {
      workshop.put({ [`worker${i}/ops.wit`]: `${interfaceText(name)}world w { export ops; }\n` });
      workers.push({ ...(await wrap(`worker${i}`, worker(ops, i + 1), "w")), kind: "activity" as const });
    }
    const flows = { ...(await wrap("importer", importer, "importer")), kind: "workflow" as const };
    rig = await Rig.of(flows, ...workers);
  }, 60_000);
  afterAll(() => rig.close());

  const run = async (name: string) => {
    const data = rig.folder();
    const open = rig.open(data);
    const outcome = await open.run(anId, `contract:importer/flows@1.0.0.${name}`, []);
    open.close();
    return { outcome, data };
  };

  test("fit together", () => {
    const tables = packages.map((_, i) => table("activity_wasm", `worker${i}`));
    expect(load(table("workflow_wasm", "importer"), ...tables).deployment.components).toHaveLength(5);
  });

  test("each direct call goes to its own, with @version and without", async () => {
    const { outcome, data } = await run("direct");
    expect(outcome).toEqual({ ok: 1_234 });
    expect(
      logsIn(data)
        .get(anId)
        ?.map(({ message }) => message),
    ).toEqual(["unversioned"]);
  });

  test("a package's @version stays at the end of its extensions", async () => {
    const { outcome, data } = await run("extended");
    expect(outcome).toEqual({ ok: 1_234 });
    const called = (historiesIn(data).get(anId) ?? []).flatMap((event) =>
      event.kind === "child-submitted" ? [event.function] : [],
    );
    expect(called).toEqual(packages.map(({ ops }) => `${ops}.which`));
  });

  test("a response of another version is a response of another function", async () => {
    expect((await run("mismatched")).outcome).toEqual({ ok: 11 });
  });
});

describe("an import that the deployment cannot satisfy is refused at load, all of them listed at once", () => {
  const flows = `package contract:lost@1.0.0;
interface flows { run: func() -> result; }
world lost {
  import shop:bank/cards@1.0.0;
  import shop:gone/things@1.0.0;
  import shop:gone-obelisk-ext/things@1.0.0;
  import shop:bank-obelisk-ext/cards@1.0.0;
  import shop:bank-obelisk-stub/cards@1.0.0;
  import wasi:http/outgoing-handler@0.2.12;
  import wasi:sockets/tcp@0.2.12;
  import wasi:clocks/wall-clock@0.2.12;
  export flows;
}
`;
  const cards = (charge: string, more = "") =>
    `package shop:bank@1.0.0;\ninterface cards { charge: func(${charge}) -> result<u32, string>; ${more} }\n`;

  test("missing, of another type, of another extension, or not for workflows", async () => {
    workshop.put({
      "lost/lost.wit": flows,
      "lost/deps/bank/bank.wit": cards("cents: u64", "refund: func() -> result;"),
      "lost/deps/gone/gone.wit": "package shop:gone@1.0.0;\ninterface things { f: func() -> result; }\n",
      "lost/deps/gone-ext/gone.wit":
        "package shop:gone-obelisk-ext@1.0.0;\ninterface things { use obelisk:types/join-set@5.0.0.{join-set}; use obelisk:types/execution@5.0.0.{execution-id}; f-submit: func(join-set: borrow<join-set>) -> execution-id; }\n",
      "lost/deps/bank-ext/bank.wit":
        "package shop:bank-obelisk-ext@1.0.0;\ninterface cards { use obelisk:types/join-set@5.0.0.{join-set}; use obelisk:types/execution@5.0.0.{execution-id}; charge-submit: func(join-set: borrow<join-set>, cents: u64) -> execution-id; charge-later: func() -> execution-id; }\n",
      "lost/deps/bank-stub/bank.wit":
        "package shop:bank-obelisk-stub@1.0.0;\ninterface cards { use obelisk:types/execution@5.0.0.{execution-id, stub-error}; charge-stub: func(execution-id: execution-id, execution-result: result<u32, string>) -> result<_, stub-error>; }\n",
      "bank/bank.wit": `${cards("cents: u32")}world w { export cards; }\n`,
    });
    for (const [name, world] of [
      ["lost", "lost"],
      ["bank", "w"],
    ] as const)
      await buildStub({ wit: workshop.path(name), world, out: workshop.path(`${name}.wasm`) });
    const { message } = refusal(table("workflow_wasm", "lost"), table("activity_wasm", "bank"));
    expect(message.split("\n").slice(1)).toEqual(
      [
        "shop:bank/cards@1.0.0 as another than bank exports: charge: ",
        "shop:bank/cards@1.0.0.refund, which no component of the deployment exports",
        "shop:gone/things@1.0.0, which no component of the deployment exports",
        "shop:gone-obelisk-ext/things@1.0.0, but no component of the deployment exports shop:gone/things@1.0.0",
        "shop:bank-obelisk-ext/cards@1.0.0 as another than the host offers it: charge-submit: ",
        "shop:bank-obelisk-ext/cards@1.0.0.charge-later, which the host does not offer",
        "shop:bank-obelisk-stub/cards@1.0.0.charge-stub, but charge is run by the activity bank",
        "wasi:http/types@0.2.12, which only an activity may",
        "wasi:http/outgoing-handler@0.2.12, which only an activity may",
        "wasi:sockets/tcp@0.2.12, which only an activity may",
      ].map((what) => expect.stringContaining(`the workflow lost imports ${what}`) as string),
    );
  }, 30_000);
});
