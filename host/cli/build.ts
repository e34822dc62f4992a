import { relative } from "node:path";
import { Command, Option } from "commander";
import { type BuildOptions, type BuildResult, buildComponent } from "../index.ts";
import { printJson } from "./output.ts";
import { columns } from "./text.ts";

interface Options {
  readonly wit: string;
  readonly world?: string;
  readonly engine: BuildOptions["engine"];
  readonly out: string;
  readonly types?: string;
  readonly json?: boolean;
}

export function buildCommand(): Command {
  return new Command("build")
    .description("Build a TypeScript or JavaScript source and a WIT world into a component")
    .argument("<source>", "the guest's entry module")
    .requiredOption("--wit <path>", "folder or file of the WIT package that holds the world")
    .option("--world <name>", "the world; may be left out when the package has only one")
    .addOption(
      new Option("--engine <engine>", "quickjs for workflows, starlingmonkey for activities that need fetch")
        .choices(["quickjs", "starlingmonkey"])
        .default("quickjs"),
    )
    .requiredOption("-o, --out <file>", "the component to write")
    .option("--types <dir>", "where the guest's types are written; by default generated/<world> beside the source")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: stele build workflow.ts --wit wit --world workflow -o build/workflow.wasm")
    .action(async (source: string, { wit, world, engine, out, types, json }: Options) => {
      const result = await buildComponent({
        source,
        wit,
        engine,
        out,
        ...(world !== undefined && { world }),
        ...(types !== undefined && { typesDir: types }),
      });
      if (json === true) printJson(result);
      else console.log(buildText(result));
    });
}

export function buildText({ file, bytes, digest, engine, world, typesDir, seconds }: BuildResult): string {
  return columns([
    ["component", relative(process.cwd(), file)],
    ["size", bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`],
    ["digest", digest],
    ["world", `${world}, on ${engine}`],
    ["types", relative(process.cwd(), typesDir)],
    ["built in", `${seconds.toFixed(1)} s`],
  ]);
}
