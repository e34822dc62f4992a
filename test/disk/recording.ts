import { readFileSync } from "node:fs";
import type { Chance } from "../sim/chance.ts";

const operations = [
  undefined,
  "create",
  "write",
  "truncate",
  "sync",
  "unlink",
  "mark",
  "sync-dir",
  "sync-failed",
  "find",
] as const;

interface Entry {
  readonly operation: (typeof operations)[number];
  readonly file: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What becomes of what was written and not yet synced, when power fails. */
export const fates = ["kept", "lost", "either", "torn"] as const;
export type Fate = (typeof fates)[number];

const sectorBytes = 512;

/** What processes did to one folder, one after the other (see `disk.c`). */
export class Recording {
  readonly #entries: readonly Entry[];

  constructor(logs: readonly string[]) {
    const entries: Entry[] = [];
    /** Each process numbers files from 0; what it finds has a number already. */
    const files = new Map<string, number>();
    let next = 0;
    for (const log of logs) {
      const numbers = new Map<number, number>();
      for (const entry of entriesOf(readFileSync(log))) {
        const name = Buffer.from(entry.bytes).toString();
        if (entry.operation === "create") files.set(name, next++);
        if (entry.operation === "create" || entry.operation === "find") numbers.set(entry.file, files.get(name) ?? -1);
        entries.push({ ...entry, file: numbers.get(entry.file) ?? -1 });
      }
    }
    this.#entries = entries;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** The highest number that was marked before `end`. */
  marked(end: number): number {
    return this.#entries
      .slice(0, end)
      .reduce((highest, { operation, offset }) => (operation === "mark" ? Math.max(highest, offset) : highest), 0);
  }

  /** The files of the folder if power failed before entry `end`: all that was synced is there, of the rest what its fate leaves.
   *  Creations and removals of names come in their order, and are safe with the next sync of anything. */
  image(end: number, fate: Fate, chance: Chance): ReadonlyMap<string, Uint8Array> {
    const past = this.#entries.slice(0, end);
    const contents = new Map<number, FileContent>();
    const names = new Map<number, string>();
    const lastSync = past.findLastIndex(({ operation }) => operation === "sync" || operation === "sync-dir");
    const renamed = past.flatMap(({ operation }, at) =>
      at > lastSync && (operation === "create" || operation === "unlink") ? [at] : [],
    );
    const namesUntil = this.#namesUntil(renamed, end, fate, chance);
    for (const [at, { operation, file, offset, bytes }] of past.entries()) {
      const content = contents.get(file) ?? new FileContent();
      contents.set(file, content);
      if (operation === "write") content.write(offset, bytes);
      else if (operation === "truncate") content.truncate(offset);
      else if (operation === "sync") content.sync();
      else if (operation === "sync-failed") content.forget();
      else if (operation === "create" && at < namesUntil) names.set(file, Buffer.from(bytes).toString());
      else if (operation === "unlink" && at < namesUntil) names.delete(file);
    }
    return new Map(
      [...names]
        .filter(([, name]) => !name.endsWith("-shm")) // memory that is shared, made anew from the log
        .map(([file, name]) => [name, contents.get(file)?.afterwards(fate, chance) ?? new Uint8Array()]),
    );
  }

  /** Of changes to names those before this entry are kept. */
  #namesUntil(unsynced: readonly number[], end: number, fate: Fate, chance: Chance): number {
    if (fate === "kept" || unsynced.length === 0) return end;
    if (fate === "lost") return unsynced[0] ?? end;
    return [...unsynced, end][chance.below(unsynced.length + 1)] ?? end;
  }
}

function* entriesOf(bytes: Buffer): Iterable<Entry> {
  for (let at = 0; at < bytes.length; ) {
    const [operation, file, offset, length] = [0, 8, 16, 24].map((n) => Number(bytes.readBigUInt64LE(at + n)));
    at += 32;
    const end = at + (length as number);
    yield {
      operation: operations[operation as number],
      file: file as number,
      offset: offset as number,
      bytes: bytes.subarray(at, end),
    };
    at = end;
  }
}

type Change = { readonly offset: number; readonly bytes: Uint8Array } | { readonly length: number };

/** A file as the disk has it, and what was done to it since it was last synced. */
class FileContent {
  readonly #synced = new Bytes();
  #unsynced: Change[] = [];

  write(offset: number, bytes: Uint8Array): void {
    this.#unsynced.push({ offset, bytes });
  }

  truncate(length: number): void {
    this.#unsynced.push({ length });
  }

  sync(): void {
    for (const change of this.#unsynced) this.#synced.apply(change);
    this.#unsynced = [];
  }

  /** After a sync that failed Linux takes what was to be written for clean: it never tries again. */
  forget(): void {
    this.#unsynced = [];
  }

  afterwards(fate: Fate, chance: Chance): Uint8Array {
    for (const change of this.#unsynced.flatMap((each) => remains(each, fate, chance))) this.#synced.apply(change);
    return this.#synced.all;
  }
}

class Bytes {
  #room = new Uint8Array(65_536);
  #length = 0;

  get all(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  apply(change: Change): void {
    const before = this.#length;
    if ("length" in change) {
      this.#setLength(change.length);
      this.#room.fill(0, change.length, before);
    } else {
      this.#setLength(Math.max(change.offset + change.bytes.length, before));
      this.#room.set(change.bytes, change.offset);
    }
  }

  #setLength(length: number): void {
    if (length > this.#room.length) {
      const room = new Uint8Array(length * 2);
      room.set(this.all);
      this.#room = room;
    }
    this.#length = length;
  }
}

function remains(change: Change, fate: Fate, chance: Chance): readonly Change[] {
  if (fate === "kept") return [change];
  if (fate === "lost" || chance.below(2) === 0) return [];
  if (fate === "either" || "length" in change) return [change];
  const { offset, bytes } = change;
  const sectors: Change[] = [];
  for (let from = offset; from < offset + bytes.length; ) {
    const to = Math.min(Math.floor(from / sectorBytes + 1) * sectorBytes, offset + bytes.length);
    if (chance.below(2) === 0) sectors.push({ offset: from, bytes: bytes.subarray(from - offset, to - offset) });
    from = to;
  }
  return sectors;
}
