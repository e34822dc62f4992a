import { FairQueue } from "../core/fair-queue.ts";
import type { ExecutionId, ExecutionKey, FunctionName } from "../core/ids.ts";

interface Ready {
  readonly key: ExecutionKey;
  readonly function: FunctionName;
}

/** External activities that workers may claim. Functions take turns, and within each the roots that its executions belong
 *  to: one workflow's crowd holds up nobody. */
export class ReadyWork {
  /** The function whose turn it is comes first. */
  readonly #lines = new Map<FunctionName, FairQueue<ExecutionKey>>();
  readonly #functions = new Map<ExecutionKey, FunctionName>();

  add({ key, function: name }: Ready, root: ExecutionId): void {
    this.delete(key);
    this.#functions.set(key, name);
    const line = this.#lines.get(name) ?? new FairQueue<ExecutionKey>();
    this.#lines.set(name, line);
    line.add(root, key);
  }

  delete(key: ExecutionKey): void {
    const name = this.#functions.get(key);
    if (name === undefined) return;
    this.#functions.delete(key);
    const line = this.#lines.get(name);
    line?.delete(key);
    if (line?.size === 0) this.#lines.delete(name);
  }

  has(key: ExecutionKey): boolean {
    return this.#functions.has(key);
  }

  all(): Iterable<readonly [key: ExecutionKey, name: FunctionName]> {
    return this.#functions;
  }

  clear(): void {
    this.#lines.clear();
    this.#functions.clear();
  }

  /** Takes the next one of a function that is wanted. */
  take(isWanted: (name: FunctionName) => boolean): Ready | undefined {
    for (const [name, line] of this.#lines) {
      const key = isWanted(name) ? line.take() : undefined;
      if (key === undefined) continue;
      this.#functions.delete(key);
      this.#lines.delete(name);
      if (line.size > 0) this.#lines.set(name, line);
      return { key, function: name };
    }
    return undefined;
  }
}
