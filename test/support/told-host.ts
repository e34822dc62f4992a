import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import type { Millis } from "../../host/core/ids.ts";
import { kebabToCamel } from "../../host/core/names.ts";
import type { ComponentType } from "../../host/core/wit/type.ts";
import type { HostImports, HostInterface } from "../../host/ports/components.ts";
import { startedAt } from "./histories.ts";
import { anId } from "./signature.ts";

/** What imported functions answer, by name: `work-ext.echo-get`, `support.sleep`. One that is itself a function is called. */
export type Answers = Readonly<Record<string, unknown>>;

/** An err, as the host gives it to a guest. */
export const err = (payload?: unknown) => () => {
  throw Object.assign(new Error("err"), { payload });
};

/** A host that answers as it is told and notes what it was asked: the contract from a guest's side, without an engine. */
export class ToldHost {
  /** Each call by its name and its arguments as JSON: `work.typed 3`. A join set stands as `#` and its number. */
  readonly asked: string[] = [];
  readonly #answers: Answers;
  #sets = 0;

  constructor(answers: Answers = {}) {
    this.#answers = { ...this.#contract, ...answers };
  }

  imports({ imports }: ComponentType): HostImports {
    const wasi = workflowWasi({ id: anId, now: startedAt as Millis, log: () => undefined });
    return (name) => {
      const functions = name.startsWith("wasi:") ? undefined : imports.get(name)?.functions;
      return functions === undefined ? wasi(name) : this.#interface(shortName(name), [...functions.keys()]);
    };
  }

  #interface(name: string, functions: readonly string[]): HostInterface {
    const entries = functions.map((one) => {
      return [kebabToCamel(one), (...args: unknown[]) => this.#answer(`${name}.${one}`, args)] as const;
    });
    return { ...Object.fromEntries(entries), JoinSet: this.#JoinSet };
  }

  #answer(name: string, args: readonly unknown[]): unknown {
    this.asked.push([name, ...args.map((arg) => JSON.stringify(arg, digits) ?? "none")].join(" "));
    const answer = this.#answers[name];
    return typeof answer === "function" ? (answer as () => unknown)() : answer;
  }

  readonly #JoinSet = joinSetClass((name, set) => this.#answer(`join-set.${name}`, [set]));

  readonly #contract: Answers = {
    "support.execution-id-current": { id: anId },
    "support.join-set-create": () => new this.#JoinSet(++this.#sets),
    "support.join-set-create-named": () => new this.#JoinSet(++this.#sets),
  };
}

function joinSetClass(answer: (name: string, set: unknown) => unknown) {
  return class JoinSet {
    readonly #number: number;

    constructor(number: number) {
      this.#number = number;
    }

    id(): unknown {
      return answer("id", this);
    }

    lastId(): unknown {
      return answer("last-id", this);
    }

    [Symbol.dispose](): void {
      answer("drop", this);
    }

    toJSON(): string {
      return `#${this.#number}`;
    }
  };
}

function digits(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

/** `work-ext` for `contract:guests-obelisk-ext/work@1.0.0`, and `support` for workflow-support. */
function shortName(name: string): string {
  const [, extension, short = name] = /^[^/]*?(?:-obelisk-([a-z]+))?\/([^@]*)/.exec(name) ?? [];
  return extension === undefined ? short.replace("workflow-", "") : `${short}-${extension}`;
}
