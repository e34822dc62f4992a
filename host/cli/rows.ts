import type { ExecutionRow } from "../index.ts";
import { stateText } from "./outcome.ts";
import { durationText } from "./text.ts";

/** State, attempts when there was more than one, and how long it took or has taken. */
export function outcomeColumn(row: ExecutionRow, now: number): string {
  const took = durationText((row.finishedAt ?? now) - row.createdAt);
  const attempts = row.attempts > 1 ? `, ${row.attempts} attempts` : "";
  return `${stateText(row, now)} ${row.finishedAt === null ? "for" : "in"} ${took}${attempts}`;
}
