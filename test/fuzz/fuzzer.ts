import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Chance } from "../sim/chance.ts";

/** Something that reads what comes from anywhere. */
export interface Target {
  /** Of the folders in which its inputs are kept, below `found` and `corpus`. */
  readonly name: string;
  make(chance: Chance): Uint8Array;
  /** Throws when it has not kept what it promises for any input. */
  check(input: Uint8Array): void | Promise<void>;
}

const root = join(import.meta.dirname, "..", "..");
const seed = Number(process.env["FUZZ_SEED"] ?? 1);
const seconds = Number(process.env["FUZZ_SECONDS"] ?? 0);

/** A single input that takes so long is a hang. */
const hangMs = 30_000;

/** Tries what was found before, then `cases` inputs from the seed; `make fuzz` goes on for FUZZ_SECONDS instead. */
export function fuzz(target: Target, cases: number): void {
  const watch = new Watch(target.name);
  beforeAll(() => watch.start());
  afterAll(() => watch.stop());

  const kept = keptInputs(target.name).map((file) => [relative(root, file), file] as const);
  if (kept.length > 0) {
    test.each(kept)("%s", async (_, file) => {
      const input = readFileSync(file);
      watch.begin(input);
      expect(await target.check(input)).toBe(undefined);
      watch.end();
    });
  }

  test(`${target.name}, from seed ${seed}`, { timeout: 120_000 + seconds * 2_000 }, async () => {
    const until = performance.now() + seconds * 1_000;
    let tried = 0;
    for (; seconds > 0 ? performance.now() < until : tried < cases; tried++) {
      const input = target.make(new Chance(seed * 1_000_003 + tried));
      watch.begin(input);
      try {
        await target.check(input);
      } catch (error) {
        throw new Error(`seed ${seed}, case ${tried} fails; ${keep(target.name, input)}`, { cause: error });
      }
      watch.end();
    }
    expect(tried).toBeGreaterThan(0);
  });
}

function keptInputs(name: string): string[] {
  return ["corpus", "found"].flatMap((place) => {
    const folder = join(import.meta.dirname, place, name);
    return existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [];
  });
}

/** Writes an input down and says how it is tried again. */
function keep(name: string, input: Uint8Array): string {
  const file = foundFile(name, input);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, input);
  return `it is kept, and tried again by\n  ${again(file)}`;
}

function foundFile(name: string, input: Uint8Array): string {
  const digest = createHash("sha256").update(input).digest("hex").slice(0, 16);
  return join(import.meta.dirname, "found", name, digest);
}

function again(file: string): string {
  return `npx vitest run test/fuzz -t ${relative(root, file)}`;
}

const inputBytesMax = 4 * 1024 * 1024;

/** Sees from another thread that an input is never done with: keeps it, says so and ends the process. */
class Watch {
  readonly #name: string;
  /** A counter that is odd while an input is tried, its length, and the input. */
  readonly #shared = new SharedArrayBuffer(8 + inputBytesMax);
  readonly #words = new Int32Array(this.#shared, 0, 2);
  #thread: Worker | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  start(): void {
    this.#thread = new Worker(join(import.meta.dirname, "watch-thread.ts"), {
      workerData: { shared: this.#shared, hangMs, file: foundFile(this.#name, Buffer.from(`hangs ${seed}`)) },
    });
    this.#thread.unref();
  }

  begin(input: Uint8Array): void {
    new Uint8Array(this.#shared, 8).set(input);
    this.#words[1] = input.length;
    Atomics.store(this.#words, 0, (this.#words[0] ?? 0) | 1);
  }

  end(): void {
    Atomics.store(this.#words, 0, ((this.#words[0] ?? 0) | 1) + 1);
  }

  async stop(): Promise<void> {
    await this.#thread?.terminate();
  }
}
