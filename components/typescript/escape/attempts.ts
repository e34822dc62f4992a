/** Ways out that a script knows of on any engine. */
import { info } from "obelisk:log/log@1.0.0";
import { getEnvironment } from "wasi:cli/environment@0.2.12";
import { exit } from "wasi:cli/exit@0.2.12";
import { subscribeDuration } from "wasi:clocks/monotonic-clock@0.2.12";
import { getDirectories } from "wasi:filesystem/preopens@0.2.12";
import { Pollable } from "wasi:io/poll@0.2.12";
import { createTcpSocket } from "wasi:sockets/tcp-create-socket@0.2.12";

export type Attempt = (argument: string) => string;

const scope = globalThis as unknown as Record<string, unknown>;

/** QuickJS, which has no console, has numbers of 64 bits as numbers. */
const nanoseconds = (count: number) =>
  (scope["console"] === undefined ? count : BigInt(count)) as Parameters<typeof subscribeDuration>[0];

/** What a host in JavaScript would have lying about. */
const places = ["process", "require", "module", "Deno", "Bun", "std", "os", "Buffer", "__dirname", "global", "parent"];

const reachable = (from: Record<string, unknown>) => places.filter((name) => from[name] !== undefined).join();

/** The name of what is thrown; never the thing itself, which may be a trap of its own. */
export function outcomeOf(act: () => unknown): string {
  try {
    return `got ${String(act())}`;
  } catch (error) {
    return `refused ${error instanceof Error ? error.name : typeof error}`;
  }
}

/** Every object of the language gets parts that objects of the host's glue would stumble over. */
export function tamper(): void {
  const lie = () => "lie";
  const fall = () => {
    throw new Error("fallen in");
  };
  for (const name of ["tag", "val", "then", "ok", "err", "payload", "constructor", "toJSON", "kind", "__proto__"]) {
    outcomeOf(() => Object.defineProperty(Object.prototype, name, { get: lie, set: fall, configurable: true }));
  }
  for (const name of ["push", "map", "slice", "concat", "forEach"])
    outcomeOf(() => Object.defineProperty(Array.prototype, name, { value: fall }));
  outcomeOf(() => Object.defineProperty(Array.prototype, Symbol.iterator, { value: fall }));
  outcomeOf(() => Object.defineProperty(Promise.prototype, "then", { value: fall }));
  outcomeOf(() => Object.defineProperty(Uint8Array.prototype, "set", { value: fall }));
  outcomeOf(() => Object.defineProperty(Function.prototype, "call", { value: fall }));
  outcomeOf(() => Object.defineProperty(String.prototype, "toString", { value: fall }));
}

/** A text that isn't one, to whoever looks. */
const exotic = () =>
  new Proxy(Object.create(null) as object, {
    get: () => {
      throw new Error("looked into");
    },
    getPrototypeOf: () => String.prototype,
  }) as unknown as string;

export const attempts: Readonly<Record<string, Attempt>> = {
  echo: (words) => words,
  environment: () => String(getEnvironment().length),
  directories: () => String(getDirectories().length),
  globals: () => reachable(scope),
  "globals-by-constructor": () => {
    const made = (info.constructor as FunctionConstructor)("return globalThis")() as Record<string, unknown>;
    return reachable(made);
  },
  socket: () => outcomeOf(() => createTcpSocket("ipv4")),
  hoard: () => {
    const kept: unknown[] = [];
    for (;;) kept.push(new Uint8Array(1024 * 1024).fill(1));
  },
  "hoard-objects": () => {
    let kept: unknown = null;
    for (;;) kept = { kept };
  },
  "hoard-handles": () => {
    const kept: unknown[] = [];
    for (;;) kept.push(subscribeDuration(nanoseconds(1e12)));
  },
  spin: () => {
    for (;;);
  },
  recurse: () => {
    const descend = (depth: number): number => 1 + descend(depth + 1);
    return String(descend(0));
  },
  flood: (lines) => {
    const line = "x".repeat(1_000);
    for (let left = Number(lines); left > 0; left--) info(line);
    return "flooded";
  },
  forge: () =>
    outcomeOf(() => {
      const forged = Object.create(Pollable.prototype) as Pollable;
      forged.block();
    }),
  "use-dropped": () =>
    outcomeOf(() => {
      const pollable = subscribeDuration(nanoseconds(0));
      pollable[Symbol.dispose]();
      pollable.block();
    }),
  "drop-twice": () =>
    outcomeOf(() => {
      const pollable = subscribeDuration(nanoseconds(0));
      pollable[Symbol.dispose]();
      pollable[Symbol.dispose]();
    }),
  "bad-text": () => outcomeOf(() => info("\ud800")),
  "no-text": () => outcomeOf(() => info(Symbol("no text") as unknown as string)),
  "exotic-text": () => outcomeOf(() => info(exotic())),
  tamper: () => {
    tamper();
    info("tampered");
    return "tampered";
  },
  exit: () => outcomeOf(() => exit({ tag: "err", val: undefined })),
  "return-surrogate": () => "\udfff",
  "return-no-text": () => 7 as unknown as string,
  "return-exotic": exotic,
  "return-thenable": () => ({ then: (resolve: (text: string) => void) => resolve("then") }) as unknown as string,
  "throw-exotic": () => {
    throw exotic();
  },
  "throw-nothing": () => {
    throw undefined;
  },
};
