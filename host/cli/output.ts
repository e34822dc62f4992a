import { styleText } from "node:util";
import { exitCodes } from "../core/host-error.ts";
import { HostError } from "../index.ts";
import { plain } from "./text.ts";

/** Prints one JSON document. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

/** Colours only on a terminal, and not where NO_COLOR asks for none. */
export function paint(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

/** Says what went wrong and returns the exit code for it. With `json` it is said as `{ error }` on standard output too. */
export function reportError(error: unknown, json: boolean): number {
  if (!(error instanceof HostError)) {
    console.error("error: this is a bug in Stele; please report it with what follows");
    console.error(error);
    return 2;
  }
  const { code, message, hint } = error;
  if (json) printJson({ error: { code, message, ...(hint !== undefined && { hint }) } });
  console.error(`${styleText("red", "error:", { stream: process.stderr })} ${plain(message)}`);
  if (hint !== undefined) console.error(`hint: ${plain(hint)}`);
  return exitCodes[code];
}
