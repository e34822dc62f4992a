import { Command, InvalidArgumentError } from "commander";
import { parseExecutionId } from "../core/ids.ts";
import { type ExecutionRow, HostError, type JournalReader, openReader } from "../index.ts";

/** A command that reads a data folder, closed or live. */
export function readingCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption("--data <dir>", "the data folder", process.env["STELE_DATA"])
    .option("--json", "print JSON");
}

/** Opens the folder for reading, for as long as `action` runs. */
export async function reading<T>(data: string, action: (reader: JournalReader) => T | Promise<T>): Promise<T> {
  const reader = openReader(data);
  try {
    return await action(reader);
  } finally {
    reader.close();
  }
}

/** Throws HostError when the text is no id, or no execution has it. */
export function executionOf(reader: JournalReader, id: string): ExecutionRow {
  const parsed = parseExecutionId(id);
  if (!parsed.ok) throw new HostError("usage", parsed.problem);
  const row = reader.findExecution(parsed.value);
  if (row !== undefined) return row;
  throw new HostError("execution-unknown", `there is no execution ${id} in this folder`, {
    hint: "`stele list` shows those that are there",
  });
}

export function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("a whole number from 1 is wanted");
}
