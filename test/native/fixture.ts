import { spawnSync } from "node:child_process";
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guestFile } from "../../components/guests.ts";
import { digestOf, readComponentType } from "../../host/component/component.ts";
import { plainComponent } from "../../host/core/deployment.ts";
import type { Digest, ExecutionId, FunctionName } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import { NativeActivities, type NativeOptions, nativeFolders } from "../../host/native/native-activities.ts";
import { ProgramStore } from "../../host/native/program-store.ts";
import type { ActivityAttempt, AttemptEnd, Sandbox } from "../../host/ports/activities.ts";

const work = readFileSync(guestFile("work"));
const workType = readComponentType(work);
const workExec = plainComponent({ name: "work", kind: "activity_exec", digest: digestOf(work) });
const nothing = sandboxesOf({ components: [workExec] }).get("work") as Sandbox;

interface Use {
  readonly name?: string;
  readonly params?: readonly Json[];
  readonly args?: readonly string[];
  readonly env?: Sandbox["env"];
  readonly deadlineMs?: number;
  readonly outputBytesMax?: number;
  readonly logBytesMax?: number;
}

/** A folder with programs, and what runs them. */
export class NativeRig {
  readonly folder = mkdtempSync(join(tmpdir(), "stele-native-"));
  readonly runs = nativeFolders(this.folder).runs;
  readonly store = new ProgramStore(nativeFolders(this.folder).programs);
  readonly #opened: NativeActivities[] = [];
  #files = 0;

  open(options: Partial<NativeOptions> = {}): NativeActivities {
    const opened = new NativeActivities({
      programs: this.store,
      runs: this.runs,
      componentType: () => Promise.resolve(workType),
      ...options,
    });
    this.#opened.push(opened);
    return opened;
  }

  path(name: string): string {
    return join(this.folder, `${name}-${++this.#files}`);
  }

  /** An attempt at a function of the guest `work` that this shell script runs. */
  async attempt(script: string, use: Use = {}): Promise<ActivityAttempt> {
    const file = this.path("program");
    const text = `#!/bin/sh\n${script}\n`;
    writeFileSync(file, text);
    const digest = digestOf(Buffer.from(text));
    await this.store.keep(file, digest);
    return this.attemptOf(digest, use);
  }

  attemptOf(digest: Digest, use: Use = {}): ActivityAttempt {
    const { name = "echo", params = ["text"], args = [], env = [], deadlineMs = 60_000 } = use;
    const { outputBytesMax = 2 ** 20, logBytesMax = 2 ** 20 } = use;
    return {
      execution: "E_01K42AJA8QHD7D3GTJAYMASFYC" as ExecutionId,
      attempt: 3,
      component: digestOf(work),
      function: `contract:guests/work@1.0.0.${name}` as FunctionName,
      params,
      deadlineMs,
      sandbox: {
        ...nothing,
        env,
        limits: { ...nothing.limits, logBytesMax },
        program: { digest, args, outputBytesMax },
      },
    };
  }

  async end(script: string, use: Use = {}): Promise<AttemptEnd> {
    return endOf(this.open(), await this.attempt(script, use));
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((opened) => opened.close()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function endOf(activities: NativeActivities, attempt: ActivityAttempt): Promise<AttemptEnd> {
  return new Promise((resolve) => {
    activities.start(attempt, resolve);
  });
}

/** A pipe of the file system that a program opens and whatever it starts inherits: it says that they live, and its end that
 *  nobody does any more. */
export class Witness {
  /** For a script: from here on it is watched. */
  readonly watch: string;
  /** What was written there first. */
  readonly began: Promise<string>;
  readonly gone: Promise<void>;

  constructor(file: string) {
    spawnSync("mkfifo", [file]);
    this.watch = `exec 3>${file}; echo $$ >&3`;
    const stream = createReadStream(file, "utf8");
    this.began = new Promise((resolve) => {
      stream.once("data", (text) => resolve(String(text)));
    });
    this.gone = new Promise((resolve) => {
      stream.once("end", resolve);
    });
  }
}

/** Whether nothing runs under this number: a process that nobody has waited for yet does not. */
export function isGone(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return true;
  }
}
