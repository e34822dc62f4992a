/** Measures the numbers that Stele wants to reach, next to the bare journal in the same run.
 *  `npm run bench`, `npm run bench -- --json`, `npm run bench -- --only throughput,create`. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, styleText } from "node:util";
import { type Measured, type Row, rows } from "./rows.ts";

/** The whole run is bounded; a row that does not end in its share is reported as missing. */
const rowTimeoutMs = 45_000;

const { values } = parseArgs({ options: { json: { type: "boolean" }, only: { type: "string" } } });
const wanted = values.only?.split(",");
const unknown = wanted?.filter((name) => !rows.some((row) => row.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(`error: no row ${unknown.join(", ")}; there are ${rows.map((row) => row.name).join(", ")}`);
  process.exit(2);
}

const results: { row: Row; measured: Measured | undefined }[] = [];
for (const row of rows) {
  if (wanted !== undefined && !wanted.includes(row.name)) continue;
  const measured = await measure(row);
  results.push({ row, measured });
  if (values.json !== true) print(row, measured);
}
if (values.json === true) {
  const out = results.map(({ row, measured }) => ({
    name: row.name,
    value: measured?.value ?? null,
    unit: row.unit,
    reach: measured === undefined ? row.reach : reachOf(row, measured),
    floor: measured?.floor ?? null,
  }));
  console.log(JSON.stringify(out, null, 2));
}
process.exitCode = results.some(({ measured }) => measured === undefined) ? 1 : 0;

/** Each row has a process and a folder of its own, so that none inherits another's memory or files. */
async function measure(row: Row): Promise<Measured | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "stele-bench-"));
  const child = spawn(process.execPath, ["--expose-gc", join(import.meta.dirname, "measure.ts"), row.name, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), rowTimeoutMs);
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  rmSync(folder, { recursive: true, force: true });
  return code === 0 ? (JSON.parse(text) as Measured) : undefined;
}

function print(row: Row, measured: Measured | undefined): void {
  const name = row.name.padEnd(15);
  if (measured === undefined) {
    console.log(`${name} ${styleText("red", "failed")}  ${row.what}`);
    return;
  }
  const reach = reachOf(row, measured);
  const good = row.better === "less" ? measured.value <= reach : measured.value >= reach;
  const verdict = good ? styleText("green", "reached    ") : styleText("yellow", "falls short");
  const floor = measured.floor === null ? "" : `, floor ${number(measured.floor)}`;
  const note = measured.note === undefined ? "" : ` (${measured.note})`;
  const bound = row.better === "less" ? "≤" : "≥";
  console.log(
    `${name} ${number(measured.value).padStart(9)} ${row.unit.padEnd(12)} ${verdict} ${bound} ${number(reach)}${floor}  ${row.what}${note}`,
  );
}

/** Some rows are to be reached on top of what the bare journal takes in the same run. */
function reachOf(row: Row, measured: Measured): number {
  return row.aboveFloor === true ? Number((row.reach + (measured.floor ?? 0)).toPrecision(3)) : row.reach;
}

function number(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}
