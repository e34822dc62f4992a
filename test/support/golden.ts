import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import Database from "better-sqlite3";
import type { Event } from "../../host/core/event.ts";
import type { ExecutionRow } from "../../host/core/execution.ts";
import { ExecutionFold } from "../../host/core/fold.ts";
import type { Digest, ExecutionKey, FunctionName } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import { openReader } from "../../host/journal/reader.ts";
import type { Change, StoredComponent } from "../../host/ports/journal.ts";
import { guest } from "./guests.ts";
import { Rig, type RigLimits, recordUnits } from "./rig.ts";
import { anId } from "./signature.ts";

/** What was asked of a host. */
export interface Asked {
  readonly function: FunctionName;
  readonly params: readonly Json[];
  readonly limits: RigLimits;
}

/** A story as a journal keeps it. */
export interface Golden {
  readonly asked: Asked;
  /** The guests that took part, by name. */
  readonly components: Readonly<Record<string, Digest>>;
  /** In order of their keys, the one that was asked for first. */
  readonly executions: readonly GoldenExecution[];
  /** What was committed together, in order: each execution's key, and the length that its history had then. */
  readonly units: readonly (readonly (readonly [ExecutionKey, number])[])[];
}

export interface GoldenExecution {
  readonly row: ExecutionRow;
  /** The last link of the chain, hexadecimal: it covers every byte of the history. */
  readonly head: string;
  readonly history: readonly Event[];
}

const folder = join(import.meta.dirname, "..", "histories");

export function goldenFile(name: string): string {
  return join(folder, `${basename(name, ".json")}.json`);
}

export function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(goldenFile(name), "utf8")) as Golden;
}

/** One event a line, so that what is new in a golden is easy to see. */
export function goldenText({ asked, components, executions, units }: Golden): string {
  const told = executions.map(
    ({ row, head, history }) =>
      `{"row": ${JSON.stringify(row)},\n "head": "${head}",\n "history": [\n  ${lines(history, ",\n  ")}]}`,
  );
  return `{
"asked": ${JSON.stringify(asked)},
"components": ${JSON.stringify(components)},
"executions": [\n${told.join(",\n")}],
"units": [\n ${lines(units, ",\n ")}]
}
`;
}

function lines(values: readonly unknown[], between: string): string {
  return values.map((value) => JSON.stringify(value)).join(between);
}

/** All that goldens are told with. */
export function goldenRig(): Promise<Rig> {
  return Rig.of(guest("workflow"), guest("child-workflow"), guest("activity"));
}

/** Lets the guests as they are now tell the story. */
export async function tell(rig: Rig, asked: Asked): Promise<Golden> {
  const data = rig.folder();
  const units: (readonly Change[])[] = [];
  const open = rig.open(data, { limits: asked.limits, tap: (journal) => recordUnits(journal, units) });
  await open.run(anId, asked.function, asked.params);
  open.close();
  const executions = executionsIn(data);
  const used = new Set(executions.map(({ row }) => row.component));
  return {
    asked,
    components: Object.fromEntries(
      rig.stored.filter(({ digest }) => used.has(digest)).map(({ name, digest }) => [name, digest]),
    ),
    executions,
    units: units
      .map((unit) =>
        unit.filter(({ events }) => events.length > 0).map(({ row }) => [row.key, row.nextVersion] as const),
      )
      .filter((unit) => unit.length > 0),
  };
}

/** What a closed folder holds, in a golden's form. */
export function executionsIn(data: string): GoldenExecution[] {
  const heads = headsIn(data);
  const reader = openReader(data);
  try {
    const rows = reader.executions({ limit: 1_000, children: true }).toReversed();
    return rows.map((row) => ({ row, head: heads.get(row.key) ?? "", history: reader.history(row.key) }));
  } finally {
    reader.close();
  }
}

function headsIn(data: string): ReadonlyMap<ExecutionKey, string> {
  const db = new Database(join(data, "journal.sqlite"), { readonly: true });
  try {
    const heads = db.prepare<[], [ExecutionKey, string]>("select key, lower(hex(head_hash)) from execution").raw();
    return new Map(heads.all());
  } finally {
    db.close();
  }
}

/** The units of a golden, as an engine appends them. */
export function changesOf({ executions, units }: Golden): (readonly Change[])[] {
  const written = new Map<ExecutionKey, number>();
  return units.map((unit) =>
    unit.map(([key, length]) => {
      const execution = executions.find(({ row }) => row.key === key);
      if (execution === undefined) throw new Error(`the golden has no execution ${key}`);
      const history = execution.history.slice(0, length);
      const events = history.slice(written.get(key) ?? 0);
      written.set(key, length);
      return { row: ExecutionFold.of(execution.row, history).row, events };
    }),
  );
}

/** The golden as if these components, by name, had told it: a digest says what ran, not what happened. */
export function toldBy(components: readonly StoredComponent[], golden: Golden): Golden {
  let text = JSON.stringify(golden);
  for (const { name, digest } of components) {
    const told = golden.components[name];
    if (told !== undefined) text = text.replaceAll(told, digest);
  }
  return JSON.parse(text) as Golden;
}

/** What a crash may not change. It may cost an activity attempts, and with them time, and a later child its key. */
export function lasting(executions: readonly GoldenExecution[]): object {
  const left = executions.map(({ row, history }) => {
    const isActivity = history.some(({ kind }) => kind === "attempt-started");
    const events = history
      .filter(({ kind }) => kind !== "attempt-started" && kind !== "attempt-failed")
      .map((event) => ({
        ...event,
        version: undefined,
        childKey: undefined,
        ...(isActivity && { at: undefined }),
      }));
    return [row.id, events] as const;
  });
  return Object.fromEntries(left);
}
