import { stripVTControlCharacters } from "node:util";

/** `1.5 s`, `320 ms`, `2 min 3 s`, `4 h 5 min`, `3 d 2 h`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  return twoUnits(Math.round(seconds));
}

function twoUnits(seconds: number): string {
  if (seconds < 3_600) return joined(Math.floor(seconds / 60), "min", seconds % 60, "s");
  if (seconds < 86_400) return joined(Math.floor(seconds / 3_600), "h", Math.round((seconds % 3_600) / 60), "min");
  return joined(Math.floor(seconds / 86_400), "d", Math.round((seconds % 86_400) / 3_600), "h");
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** UTC, ISO 8601, to the millisecond. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** What others have written, so that a terminal shows it and does not obey it: control characters but tabs and line ends are
 *  spelled out. */
export function plain(text: string): string {
  return text.replace(/[^\P{Cc}\t\n]/gu, (found) => {
    const code = found.charCodeAt(0).toString(16).padStart(2, "0");
    return `\\x${code}`;
  });
}

/** Rows as columns of even width; the last one is as long as it is. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, visible(cell))));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell + " ".repeat((widths[i] ?? 0) - visible(cell))))
        .join("  "),
    )
    .join("\n");
}

/** Cuts a line to the terminal's width; elsewhere it stays whole. */
export function fit(line: string, width = process.stdout.columns): string {
  return width === undefined || visible(line) <= width ? line : `${line.slice(0, Math.max(1, width - 1))}…`;
}

function visible(text: string): number {
  return stripVTControlCharacters(text).length;
}
