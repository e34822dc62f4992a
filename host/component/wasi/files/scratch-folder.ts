import { mkdirSync } from "node:fs";
import { removeFolder } from "./remove-folder.ts";

/** The folder of one attempt, which no other attempt can see. */
export class ScratchFolder {
  readonly #path: string;
  #made = false;

  /** `path` is nobody else's. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Returns its path, once it is there. */
  make(): string {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    this.#made = true;
    return this.#path;
  }

  /** Undefined when there is nothing to remove. */
  remove(): Promise<void> | undefined {
    return this.#made ? removeFolder(this.#path) : undefined;
  }
}
