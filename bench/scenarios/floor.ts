import { mkdirSync } from "node:fs";
import Database from "better-sqlite3";
import { quantile } from "./bench-host.ts";

/** The same rows with no engine around them: SQLite with WAL and FULL, everything that becomes
 *  ready in one turn of the event loop in one commit. Nothing that records every step can do better. */
export class BareJournal {
  readonly #db: Database.Database;
  readonly #insert: Database.Statement;
  #batch: (() => void)[] = [];

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#db = new Database(`${folder}/floor.sqlite`);
    this.#db.pragma("journal_mode = WAL");
    this.#db.pragma("synchronous = FULL");
    this.#db.exec("create table row (position integer primary key, execution integer, body text) strict");
    this.#insert = this.#db.prepare("insert into row (execution, body) values (?, ?)");
  }

  /** The median of commits of one row each, one after the other. */
  async commitMs(count: number): Promise<number> {
    const each: number[] = [];
    for (let i = 0; i < count; i++) {
      const began = performance.now();
      await this.#append(i, 1);
      each.push(performance.now() - began);
    }
    return this.#end(quantile(each, 0.5));
  }

  /** Workflows side by side, each appending the five rows of a step and waiting for them, step after step. */
  async stepsPerSecond(workflows: number, steps: number): Promise<number> {
    const began = performance.now();
    await this.#steps(workflows, steps);
    return this.#end((workflows * steps) / ((performance.now() - began) / 1000));
  }

  async createdPerSecond(count: number, width: number): Promise<number> {
    const began = performance.now();
    for (let i = 0; i < count; i += width)
      await Promise.all(Array.from({ length: width }, (_, n) => this.#append(i + n, 1)));
    return this.#end(count / ((performance.now() - began) / 1000));
  }

  async bytesPerStep(workflows: number, steps: number, writtenBytes: () => number): Promise<number> {
    const before = writtenBytes();
    await this.#steps(workflows, steps);
    return this.#end((writtenBytes() - before) / (workflows * steps));
  }

  async #steps(workflows: number, steps: number): Promise<void> {
    const one = async (workflow: number) => {
      for (let step = 0; step < steps; step++) await this.#append(workflow, 5);
    };
    await Promise.all(Array.from({ length: workflows }, (_, i) => one(i)));
  }

  #append(execution: number, rows: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#batch.length === 0) setImmediate(() => this.#commit());
      this.#batch.push(() => {
        for (let i = 0; i < rows; i++) this.#insert.run(execution, "x".repeat(150));
        resolve();
      });
    });
  }

  #commit(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#db.transaction(() => {
      for (const append of batch) append();
    })();
  }

  #end(value: number): number {
    this.#db.close();
    return value;
  }
}
