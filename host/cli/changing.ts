import { Command } from "commander";
import { type Host, openHost, openReader } from "../index.ts";
import { executionOf, reading } from "./options.ts";
import { stateText } from "./outcome.ts";
import { printJson } from "./output.ts";

export interface ChangingOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** A command that records a change in a data folder and runs nothing. */
export function changingCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption("--data <dir>", "the data folder", process.env["STELE_DATA"])
    .option("--json", "print JSON");
}

/** Gives `change` a host that runs nothing, on a folder that is there. What it resolves with is durable. */
export async function changing<T>(data: string, change: (host: Host) => Promise<T>): Promise<T> {
  openReader(data).close();
  const host = await openHost({ data, dormant: true });
  try {
    return await change(host);
  } finally {
    await host.close();
  }
}

/** Says what has become of an execution, in a line. */
export async function printState({ data, json }: ChangingOptions, id: string): Promise<void> {
  const row = await reading(data, (reader) => executionOf(reader, id));
  if (json === true) printJson(row);
  else console.log(`${row.id} ${stateText(row, Date.now())}`);
}
