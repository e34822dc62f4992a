import { relative } from "node:path";
import { Command, Option } from "commander";
import {
  type BuildOptions,
  type BuildResult,
  buildComponent,
  buildStub,
  HostError,
  type StubResult,
} from "../index.ts";
import { printJson } from "./output.ts";
import { columns } from "./text.ts";

interface Options {
  readonly wit: string;
  readonly world?: string;
  readonly engine: BuildOptions["engine"];
  readonly out: string;
  readonly types?: string;
  readonly stub?: boolean;
  readonly json?: boolean;
}

export function buildCommand(): Command {
  return new Command("build")
    .description("Build a TypeScript or JavaScript source and a WIT world into a component")
    .argument("[source]", "the guest's entry module")
    .requiredOption("--wit <path>", "folder or file of the WIT package that holds the world")
    .option("--world <name>", "the world; may be left out when the package has only one")
    .addOption(
      new Option("--engine <engine>", "quickjs for workflows, starlingmonkey for activities that need fetch")
        .choices(["quickjs", "starlingmonkey"])
        .default("quickjs"),
    )
    .requiredOption("-o, --out <file>", "the component to write")
    .option("--types <dir>", "where the guest's types are written; by default generated/<world> beside the source")
    .addOption(
      new Option("--stub", "for a stub or external activity: the world alone, without any source").conflicts([
        "engine",
        "types",
      ]),
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples: stele build workflow.ts --wit wit --world workflow -o build/workflow.wasm
          stele build --stub --wit wit --world approvals -o build/approvals.wasm`,
    )
    .action(async (source: string | undefined, options: Options) => {
      const result = await built(source, options);
      if (options.json === true) printJson(result);
      else console.log(buildText(result));
    });
}

function built(source: string | undefined, options: Options): Promise<BuildResult | StubResult> {
  const { wit, world, engine, out, types, stub = false } = options;
  if (stub !== (source === undefined)) {
    throw new HostError("usage", stub ? `--stub takes no source, and here is ${source}` : "the source is missing", {
      hint: "name the guest's entry module, or build a world without one with --stub",
    });
  }
  const named = { wit, out, ...(world !== undefined && { world }) };
  if (source === undefined) return buildStub(named);
  return buildComponent({ ...named, source, engine, ...(types !== undefined && { typesDir: types }) });
}

function buildText(result: BuildResult | StubResult): string {
  const { file, bytes, digest, world, seconds } = result;
  const shown = (path: string) => relative(process.cwd(), path);
  return columns([
    ["component", shown(file)],
    ["size", bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`],
    ["digest", digest],
    ["world", "engine" in result ? `${world}, on ${result.engine}` : `${world}, as a stub`],
    ...("typesDir" in result ? [["types", shown(result.typesDir)]] : []),
    ["built in", `${seconds.toFixed(1)} s`],
  ]);
}
