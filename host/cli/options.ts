import { Command, InvalidArgumentError, Option } from "commander";
import { parseExecutionId } from "../core/ids.ts";
import { type ExecutionRow, HostError, type HostOptions, type JournalReader, openReader } from "../index.ts";

/** A command that reads a data folder, closed or live. */
export function readingCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption("--data <dir>", "the data folder", process.env["STELE_DATA"])
    .option("--json", "print JSON");
}

export function payloadBytesMax(): Option {
  const what = "the largest parameters or result of one call, in bytes of JSON (default: 8388608)";
  return new Option("--payload-bytes-max <n>", what).argParser(wholeNumber);
}

export function operatorFile(): Option {
  const what = "the operator's file: what deployments may use at most, and the secrets";
  return new Option("--operator <file>", what).env("STELE_OPERATOR");
}

/** How the options of a command that embeds a host open it. */
export function hostOptions(options: {
  readonly data: string;
  readonly deployment?: string;
  readonly operator?: string;
  readonly payloadBytesMax?: number;
}): HostOptions {
  const { data, deployment, operator, payloadBytesMax: bytesMax } = options;
  return {
    data,
    ...(deployment !== undefined && { deployment }),
    ...(operator !== undefined && { operator }),
    ...(bytesMax !== undefined && { limits: { payloadBytesMax: bytesMax } }),
  };
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
