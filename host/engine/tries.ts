import type { JoinSetId } from "../core/ids.ts";

/** Tries in a row of one join set, all answered with nothing. */
interface Tried {
  readonly joinSet: JoinSetId;
  times: number;
}

/** The tries of one run that were answered with nothing and are not in the journal yet: they are recorded together, before
 *  whatever comes next. Lost with the run, they are tried again. */
export class Tries {
  #tried: Tried | undefined;
  #inARow = 0;
  #count = 0;

  /** How many came to nothing since anything else was asked. */
  get inARow(): number {
    return this.#inARow;
  }

  /** Whether these tries of another set must be recorded before one of this set is added. */
  isOfAnother(joinSet: JoinSetId): boolean {
    return this.#tried !== undefined && this.#tried.joinSet !== joinSet;
  }

  add(joinSet: JoinSetId): void {
    this.#inARow++;
    this.#tried ??= { joinSet, times: 0 };
    this.#tried.times++;
  }

  /** Counts one that came to nothing, recorded or not; returns how many that makes since the run began. */
  cameToNothing(): number {
    return ++this.#count;
  }

  /** Takes what is to be recorded. */
  take(): Readonly<Tried> | undefined {
    const tried = this.#tried;
    this.#tried = undefined;
    this.#inARow = 0;
    return tried;
  }
}
