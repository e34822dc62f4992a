/**
 * Places two orders at a shop. The host of the first is killed in the middle, and the second can't be shipped. What
 * happened is told by the counters of the shop's service, which knows nothing of workflows.
 *
 *   node demo.ts [--packing SECONDS] [--keep]
 */
import { existsSync, globSync, mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, styleText } from "node:util";
import { type ExecutionId, openReader } from "stele";
import type { Counts } from "./service.ts";
import { Terminal } from "./terminal.ts";

const { values: options } = parseArgs({
  options: { packing: { type: "string", default: "4" }, keep: { type: "boolean", default: false } },
});

// Anything of this form will do; an id of one's own makes `run` safe to repeat.
const lampOrder = "E_01K9ZCHECKT0000000000000A1";
const moonOrder = "E_01K9ZCHECKT0000000000000A2";

type ShopCounts = Readonly<Record<string, Counts | undefined>>;

const data = mkdtempSync(join(tmpdir(), "stele-checkout-"));
const terminal = new Terminal(import.meta.dirname, options.keep ? [] : [data]);
const claims: boolean[] = [];

try {
  terminal.title("Build: the workflow and its activities become components");
  await build("workflow", "quickjs");
  await build("activities", "starlingmonkey");

  terminal.title("Start the shop's service, which the activities call");
  const shop = await terminal.service("service.ts");
  terminal.set("STELE_DATA", data);

  await killedAndGoesOn(shop);
  await refusedAndUndone(shop);
} finally {
  terminal.close();
}
if (options.keep) console.log(`\n${data} is kept.`);
const held = claims.filter((holds) => holds).length;
console.log(`\n${held} of ${claims.length} claims hold${held === claims.length ? "." : ": THE DEMO FAILED."}`);
process.exitCode = held === claims.length ? 0 : 1;

async function killedAndGoesOn(shop: string): Promise<void> {
  terminal.title("Place an order; its card company fails twice, and packing takes a while");
  await breakStep(shop, "lamps", "charge", { transient: 2 });
  terminal.set("order", orderFor(shop, "lamps", "1 Harbour Street"));
  const run = ["run", "-d", "deployment.toml", "--execution-id", lampOrder, ".../orders.place", "[$order]"];
  const host = terminal.start(run);
  await host.until("the order to be packed", () => isPacking(shop, "lamps", lampOrder));

  terminal.title("Kill the host while the order is being packed");
  await host.kill();
  await terminal.stele(["show", lampOrder]);
  const before = await counts(shop, "lamps");

  terminal.title("The same command again: the order goes on where it was");
  const exitCode = await terminal.stele(run);
  const after = await counts(shop, "lamps");
  claim("what the killed host had left open, the next one finished", exitCode === 0 && before["ship"] === undefined);
  claim(
    "no step that had finished was asked for again",
    ["reserve", "charge"].every((step) => before[step]?.done === 1 && same(before[step], after[step])),
  );
  claim(
    "each effect was done once",
    ["reserve", "charge", "ship"].every((step) => after[step]?.done === 1),
  );

  terminal.title("What the record says: the tree, the history, and the workflow replayed against it");
  await terminal.stele(["show", lampOrder]);
  await terminal.stele(["events", lampOrder]);
  claim("the workflow, run again, does what its history says", (await terminal.stele(["replay", lampOrder])) === 0);
}

async function refusedAndUndone(shop: string): Promise<void> {
  terminal.title("An order that can't be shipped: the workflow undoes what it had done");
  await breakStep(shop, "moon", "ship", { refuse: "no courier goes to the moon" });
  terminal.set("order", orderFor(shop, "moon", "Mare Tranquillitatis", 1));
  const run = ["run", "-d", "deployment.toml", "--execution-id", moonOrder, ".../orders.place", "[$order]"];
  const exitCode = await terminal.stele(run);
  await terminal.stele(["show", moonOrder]);
  const after = await counts(shop, "moon");
  const once = ["reserve", "charge", "refund", "release"].every((step) => after[step]?.done === 1);
  claim("nothing was shipped, and it ended as an err", exitCode === 1 && after["ship"]?.done === 0);
  claim("what had been done for it was undone, once", once);
  claim("the journal is sound", (await terminal.stele(["check"])) === 0);
}

/** Builds a component, unless it is newer than all that it is made from. */
async function build(world: string, engine: string): Promise<void> {
  const file = join("build", `${world}.wasm`);
  const made = (path: string) => statSync(join(import.meta.dirname, path)).mtimeMs;
  const sources = [`${world}.ts`, ...globSync("wit/*.wit", { cwd: import.meta.dirname })];
  const args = ["build", `${world}.ts`, "--wit", "wit", "--world", world, "--engine", engine, "-o", file];
  const there = existsSync(join(import.meta.dirname, file));
  if (there && sources.every((source) => made(source) < made(file))) return terminal.skip(args, "up to date");
  if ((await terminal.stele(args)) !== 0) throw new Error(`${file} could not be built`);
}

function orderFor(service: string, number: string, address: string, packing = Number(options.packing)): string {
  return JSON.stringify({
    number,
    service,
    lines: [
      { sku: "lamp", quantity: 2, unit_price: 4900 },
      { sku: "bulb", quantity: 6, unit_price: 350 },
    ],
    payment: { card: "4242 4242 4242 4242" },
    address,
    packing_seconds: packing,
  });
}

/** Tells the service to fail a step of an order. */
async function breakStep(shop: string, order: string, step: string, faults: unknown): Promise<void> {
  const body = JSON.stringify(faults);
  terminal.typed(`curl -X PUT $shop/orders/${order}/${step} -d '${body}'`);
  await fetch(`${shop}/orders/${order}/${step}`, { method: "PUT", body });
}

/** What the service has counted, printed as a table. */
async function counts(shop: string, order: string): Promise<ShopCounts> {
  terminal.typed(`curl $shop/orders/${order}   # as a table:`);
  const counted = await countsOf(shop, order);
  const row = (step: string, asked: unknown, done: unknown) =>
    `  ${step.padEnd(10)}${String(asked).padStart(6)}${String(done).padStart(6)}`;
  const steps = Object.entries(counted).map(([step, count]) => row(step, count?.asked, count?.done));
  console.log([row("", "asked", "done"), ...steps].join("\n"));
  return counted;
}

async function countsOf(shop: string, order: string): Promise<ShopCounts> {
  const response = await fetch(`${shop}/orders/${order}`);
  return (await response.json()) as ShopCounts;
}

/** Whether the card has been charged and the journal knows: in between, a kill would make the host ask once more. */
async function isPacking(shop: string, order: string, id: string): Promise<boolean> {
  if ((await countsOf(shop, order))["charge"]?.done !== 1) return false;
  const reader = openReader(data);
  try {
    const row = reader.findExecution(id as ExecutionId);
    return row !== undefined && reader.history(row.key).some(({ kind }) => kind === "delay-submitted");
  } finally {
    reader.close();
  }
}

function same(before: Counts | undefined, after: Counts | undefined): boolean {
  return before?.asked === after?.asked && before?.done === after?.done;
}

function claim(what: string, holds: boolean): void {
  claims.push(holds);
  console.log(holds ? styleText("green", `✓ ${what}`) : styleText("red", `✗ NOT SO: ${what}`));
}
