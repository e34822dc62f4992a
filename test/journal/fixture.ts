import { createHash } from "node:crypto";
import { expect } from "vitest";
import { ExecutionFold } from "../../host/core/fold.ts";
import type { HostErrorCode } from "../../host/core/host-error.ts";
import type { Digest, Millis } from "../../host/core/ids.ts";
import type { Journal, JournalReader, StoredComponent } from "../../host/ports/journal.ts";
import { Author, component } from "../support/author.ts";
import { startedAt } from "../support/histories.ts";

/** How one implementation keeps its journals, each in a place of its own. */
export interface JournalStore {
  makePlace(): string;
  removePlace(place: string): void;
  open(place: string): Journal;
  read(place: string): JournalReader;
  /** Leaves behind what a newer host does that takes the journal over while an older one still has it open. */
  takeOver(place: string): void;
}

/** A journal under test, with one who writes to it and knows what it should hold. */
export class JournalFixture {
  readonly place: string;
  readonly author: Author;
  journal: Journal;
  readonly #store: JournalStore;

  constructor(store: JournalStore) {
    this.#store = store;
    this.place = store.makePlace();
    this.journal = store.open(this.place);
    this.author = new Author({ nextKey: () => this.journal.nextKey() });
    this.journal.putComponent(component);
  }

  /** A new host on the same place. */
  reopen(): void {
    this.journal.close();
    this.journal = this.#store.open(this.place);
  }

  /** What a reader sees that opens the place now, beside the host. */
  reading<T>(read: (reader: JournalReader) => T): T {
    const reader = this.#store.read(this.place);
    try {
      return read(reader);
    } finally {
      reader.close();
    }
  }

  problems(): readonly string[] {
    return this.reading(problemsOf);
  }

  remove(): void {
    this.journal.close();
    this.#store.removePlace(this.place);
  }
}

/** The journal holds all that its author has made, and nothing is wrong with it. */
export function expectWhole(at: JournalFixture): void {
  const { author, journal } = at;
  for (const id of author.ids()) {
    expect(journal.findExecution(id)).toEqual(author.row(id));
    expect(journal.history(author.row(id).key)).toEqual(author.history(id));
  }
  expect(at.problems()).toEqual([]);
}

export function problemsOf(reader: JournalReader): readonly string[] {
  return [...reader.problems((row, history) => ExecutionFold.of(row, history).row)].map(({ message }) => message);
}

/** Matches the HostError of this code. */
export function hostError(code: HostErrorCode): unknown {
  return expect.objectContaining({ name: "HostError", code });
}

export function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(content).digest("hex")}` as Digest;
}

export function componentOf(text: string, name = text): StoredComponent {
  const bytes = Buffer.from(text);
  return { digest: digestOf(bytes), name, kind: "activity", bytes };
}

/** Stores what stands for a deployment here and makes it the active one. */
export function activate(journal: Journal, json: string): void {
  journal.activateDeployment(digestOf(json), json, startedAt as Millis);
}
