import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { styleText } from "node:util";

/** A host that runs in a process of its own. */
export interface RunningHost {
  /** Waits for a condition, for a minute at most, and not longer than the host lives. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
  kill(): Promise<void>;
}

/** Types commands, so to say: each is printed as a reader could type it, and run. Whatever happens to the demo, what it
 *  started is stopped, and its folders are removed. */
export class Terminal {
  readonly #folder: string;
  readonly #folders: readonly string[];
  readonly #children = new Set<ChildProcess>();
  readonly #variables = new Map<string, string>();
  readonly #close = (): void => this.close();

  /** Commands run in `folder`; `folders` are removed at the end. */
  constructor(folder: string, folders: readonly string[]) {
    this.#folder = folder;
    this.#folders = folders;
    process.on("exit", this.#close);
    process.once("SIGINT", () => process.exit(130));
    process.once("SIGTERM", () => process.exit(143));
  }

  title(text: string): void {
    console.log(`\n${styleText("bold", text)}`);
  }

  /** Prints a command that the demo carries out by itself. */
  typed(command: string): void {
    console.log(styleText("cyan", `$ ${command}`));
  }

  /** Sets a shell variable, which commands may name. */
  set(name: string, value: string): void {
    this.#variables.set(name, value);
    const exported = name === name.toUpperCase() ? "export " : "";
    this.typed(`${exported}${name}=${/^[\w:/.-]*$/.test(value) ? value : `'${value}'`}`);
  }

  /** Says that a command need not be run. */
  skip(args: readonly string[], why: string): void {
    this.#type(args);
    console.log(why);
  }

  /** Runs a command of `stele` to its end; its exit code. */
  async stele(args: readonly string[]): Promise<number> {
    const child = this.#spawn(args);
    await once(child, "exit");
    return child.exitCode ?? 1;
  }

  /** Starts `stele run` and does not wait for it. */
  start(args: readonly string[]): RunningHost {
    const child = this.#spawn(args);
    const running = () => child.exitCode === null && child.signalCode === null;
    return {
      until: async (what, holds) => {
        const deadline = performance.now() + 60_000;
        while (!(await holds())) {
          if (!running()) throw new Error(`the host ended with exit code ${child.exitCode}, before ${what}`);
          if (performance.now() > deadline) throw new Error(`waited a minute for ${what}`);
          await wait(20);
        }
      },
      kill: async () => {
        this.typed(`kill -9 ${child.pid}`);
        const exit = running() ? once(child, "exit") : undefined;
        child.kill("SIGKILL");
        await exit;
      },
    };
  }

  /** Starts a service that prints its URL as its first line; `$shop` from then on. */
  async service(file: string): Promise<string> {
    this.typed(`node ${file} &`);
    const child = spawn(process.execPath, [file], { cwd: this.#folder, stdio: ["ignore", "pipe", "inherit"] });
    this.#children.add(child);
    const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
    this.set("shop", line.trim());
    return line.trim();
  }

  close(): void {
    process.off("exit", this.#close);
    for (const child of this.#children) child.kill("SIGKILL");
    this.#children.clear();
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }

  #type(args: readonly string[]): void {
    this.typed(["npx stele", ...args.map((arg) => (arg.includes("$") ? `"${arg}"` : arg))].join(" "));
  }

  #spawn(args: readonly string[]): ChildProcess {
    this.#type(args);
    const bin = join(import.meta.dirname, "..", "..", "bin", "stele.js");
    const given = args.map((arg) => arg.replace(/\$(\w+)/, (_all, name: string) => this.#variables.get(name) ?? ""));
    const child = spawn(process.execPath, [bin, ...given], {
      cwd: this.#folder,
      env: { ...process.env, ...Object.fromEntries(this.#variables) },
      stdio: ["ignore", "inherit", "inherit"],
    });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }
}
