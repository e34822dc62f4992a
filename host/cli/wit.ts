import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { Command } from "commander";
import { type DeploymentWit, deploymentWit, HostError, supportWit, type WitFile } from "../index.ts";
import { printJson } from "./output.ts";

interface Options {
  readonly out?: string;
  readonly json?: boolean;
}

interface DeploymentOptions extends Options {
  readonly deployment: string;
}

export function witCommand(): Command {
  return new Command("wit")
    .description("Write WIT for authors: what a workflow may import beside its own package")
    .addCommand(
      ofDeployment("ext", "What the host offers beside each interface: submit, await-next, get, schedule, stub").action(
        (options: DeploymentOptions) => write(ofManifest(options).extensions, options),
      ),
    )
    .addCommand(
      part("support", "The host's own packages: obelisk:types, obelisk:workflow, …")
        .addHelpText("after", "\nExample: stele wit support -o wit/deps")
        .action((options: Options) => write(supportWit(), options)),
    )
    .addCommand(
      ofDeployment(
        "deps",
        "All of it: the components' interfaces, what the host offers beside them, its own packages",
      ).action((options: DeploymentOptions) => {
        const { bases, extensions } = ofManifest(options);
        write([...bases, ...extensions, ...supportWit()], options);
      }),
    )
    .addHelpText("after", "\nExample: stele wit deps -d deployment.toml -o wit/deps");
}

function part(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("-o, --out <dir>", "the folder to write to, usually wit/deps; by default it is printed")
    .option("--json", "print JSON: [{ path, text }]");
}

function ofDeployment(name: string, description: string): Command {
  return part(name, description)
    .requiredOption("-d, --deployment <file>", "the deployment's manifest")
    .addHelpText(
      "after",
      `
Components that have not been built yet are passed over. What is offered beside a package depends on it, so the world that
imports it belongs into another: beside a package itself, as in shop/wit/deps for shop/wit, nothing is written for that
package. WASI's packages are not written either; stele build has them.` +
        `\nExample: stele wit ${name} -d deployment.toml -o wit/deps`,
    );
}

function ofManifest({ deployment, out }: DeploymentOptions): DeploymentWit {
  const wit = deploymentWit(deployment, out !== undefined && basename(resolve(out)) === "deps" ? out : undefined);
  for (const name of wit.missing) console.error(`note: ${name} has not been built, so nothing is written for it`);
  return wit;
}

function write(files: readonly WitFile[], { out, json }: Options): void {
  if (out !== undefined) for (const file of files) put(out, file);
  if (json === true) printJson(files);
  else if (out === undefined) console.log(files.map(({ path, text }) => `// ${path}\n${text}`).join("\n"));
  else for (const { path } of files) console.log(relative(process.cwd(), join(out, path)));
}

function put(folder: string, { path, text }: WitFile): void {
  const file = join(folder, path);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HostError("usage", `${file} can't be written: ${why}`, { cause });
  }
}
