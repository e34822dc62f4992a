/** Writes the goldens of formats that have none yet: `node test/support/write-formats.ts`. Those that are stay as they are.
 *
 *  A golden of an older format has what a host of today writes, in the tables of then. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guestFile } from "../../components/guests.ts";
import type { EventBody } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import { buildStub, type Host, openHost } from "../../host/index.ts";
import { digestOf } from "../../host/journal/digest.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { migrations } from "../../host/journal/open-file.ts";
import { idOf } from "./author.ts";
import { type Ending, formatFile, formatText } from "./format.ts";
import { historiesIn } from "./rig.ts";

const folder = mkdtempSync(join(tmpdir(), "stele-formats-"));

/** So long that nobody wakes before the host is closed, and the tests needn't wait. */
const sleepMs = 5_000;

async function deploymentOf(version: number): Promise<string> {
  const tables = [table("workflow_wasm", "chronicler", guestFile("chronicler"))];
  tables.push(`${table("activity_wasm", "tiny-activity", guestFile("tiny-activity"))}
max_retries = 1
retry_exp_backoff = { milliseconds = 10 }
exec.lock_expiry = { seconds = 1 }
`);
  // Format 1 knows no components that are types alone.
  if (version >= 2) {
    tables.push(table("activity_stub", "stub", await typesOf("asked")));
    tables.push(table("activity_external", "external", await typesOf("claimed")));
  }
  const file = join(folder, `deployment-${version}.toml`);
  writeFileSync(file, tables.join("\n"));
  return file;
}

function table(kind: string, name: string, location: string): string {
  return `[[${kind}]]\nname = "${name}"\nlocation = ${JSON.stringify(location)}\n`;
}

async function typesOf(name: string): Promise<string> {
  const [wit, out] = [join(folder, name), join(folder, `${name}.wasm`)];
  if (existsSync(out)) return out;
  mkdirSync(wit);
  const face = `interface ${name} { answer: func(to: string) -> result<string, string>; }`;
  writeFileSync(join(wit, "it.wit"), `package golden:formats@0.1.0;\n${face}\nworld it { export ${name}; }\n`);
  await buildStub({ wit, out });
  return out;
}

/** Resolves when a history has an event of this kind. */
async function untilHas(data: string, id: ExecutionId, kind: EventBody["kind"]): Promise<void> {
  while (
    historiesIn(data)
      .get(id)
      ?.some((event) => event.kind === kind) !== true
  )
    await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Executions at every place where a host can leave them, one after the other. */
async function tell(host: Host, data: string, version: number): Promise<readonly Ending[]> {
  const endings: Ending[] = [];
  const submit = async (name: string, params: readonly unknown[], ending: Omit<Ending, "id">, startAt?: number) => {
    const executionId = idOf(endings.length + 1);
    await host.submit(name, params, { executionId, ...(startAt !== undefined && { startAt }) });
    endings.push({ id: executionId, ...ending });
    return executionId;
  };
  const chronicle = "bench:tiny/chronicle@0.1.0";

  const finished = await submit(`${chronicle}.hear`, [1, "finished"], { outcome: { ok: '"early"' } });
  await host.signal(finished, "word", "early");
  await host.result(finished);
  const cancelled = await submit(`${chronicle}.hear`, [1, "cancelled"], { outcome: { failure: "cancelled" } });
  await untilHas(data, cancelled, "signal-requested");
  await host.cancel(cancelled);
  await host.result(cancelled);

  const listening = await submit(`${chronicle}.hear`, [1, "listens"], {
    given: { signal: "late" },
    outcome: { ok: '"late"' },
  });
  await untilHas(data, listening, "signal-requested");
  if (version >= 2) {
    await submit("golden:formats/asked@0.1.0.answer", ["a stub"], {
      given: { result: { ok: "yes" } },
      outcome: { ok: "yes" },
    });
    await submit("golden:formats/claimed@0.1.0.answer", ["a worker"], {
      given: { result: { err: "no" } },
      outcome: { err: "no" },
    });
  }

  const sleeping = await submit(`${chronicle}.hear`, [sleepMs, "sleeps"], { outcome: { ok: '{"first":1}' } });
  for (const word of [{ first: 1 }, { second: 2 }]) await host.signal(sleeping, "word", word);
  const parent = await submit(`${chronicle}.relay`, [sleepMs, "asks its child"], { outcome: { ok: '"to the child"' } });
  const child = `${parent}.o:1-hear_1` as ExecutionId;
  endings.push({ id: child, given: { signal: "to the child" }, outcome: { ok: '"to the child"' } });
  for (const id of [sleeping, child]) await untilHas(data, id, "delay-submitted");
  await submit("bench:tiny/acts@0.1.0.step", [0, "later"], { outcome: { ok: "later" } }, Date.now() + sleepMs);
  const spinning = await submit("bench:tiny/faults@0.1.0.spin", [], { outcome: { failure: "timed-out" } });
  await untilHas(data, spinning, "attempt-started");
  return endings;
}

/** Of a program nobody has to list, since no deployment has it. */
function keepProgramOfBefore(data: string): void {
  const journal = openJournal({ dir: data, now: () => Date.now() as never });
  const bytes = Buffer.from("a program's types");
  journal.putComponent({ digest: digestOf(bytes), name: "program", kind: "activity_exec", bytes });
  journal.close();
}

try {
  for (let version = 1; version <= migrations().length; version++) {
    if (existsSync(formatFile(version))) continue;
    const data = join(folder, `data-${version}`);
    const deployment = await deploymentOf(version);
    const host = await openHost({ data, deployment, cacheDir: join(folder, "cache"), activityThreads: 1 });
    const endings = await tell(host, data, version);
    await host.close();
    if (version >= 3) keepProgramOfBefore(data);
    writeFileSync(formatFile(version), formatText(version, data, endings));
    process.stdout.write(`${formatFile(version)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
