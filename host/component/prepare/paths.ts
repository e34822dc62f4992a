/** Instructions that may run without being counted. At 64 an engine for JavaScript takes a third longer, at 256 a sixteenth. */
const uncountedMax = 256;

/** Where no way leads: behind a branch or a return. */
const nowhere = -1;
/** In place of the length of the ways to a block's end: a branch to a loop leads to its begin, where a turn is counted. */
const ofLoop = -2;

/** How many instructions may have run, at a place of a function's code, since something was last counted: the longest of
 *  all ways that lead there. So a huge switch costs a guest no more than the case that it takes. */
export class Paths {
  #length = 0;
  /** For each open block the longest way to its end, by branches. */
  readonly #toEnd: number[] = [];
  /** For each open block the way that its `else`, or what stands for it, begins with. */
  readonly #toElse: number[] = [];

  /** One instruction more: true when it is time for a count. */
  step(): boolean {
    return this.#length !== nowhere && ++this.#length >= uncountedMax;
  }

  counted(): void {
    this.#length = 0;
  }

  block(): void {
    this.#open(nowhere, nowhere);
  }

  loop(): void {
    this.#open(ofLoop, nowhere);
    this.counted();
  }

  if(): void {
    this.#open(nowhere, this.#length);
  }

  else(): void {
    this.branch(0);
    const block = this.#toElse.length - 1;
    this.#length = this.#toElse[block] ?? nowhere;
    this.#toElse[block] = nowhere;
  }

  /** An exception may come at the end of any way through its block. */
  catch(): void {
    this.branch(0);
    this.#length = uncountedMax;
  }

  end(): void {
    this.#length = Math.max(this.#length, this.#toEnd.pop() ?? nowhere, this.#toElse.pop() ?? nowhere);
  }

  /** A branch to the end, or a loop's begin, of the block that is `label` blocks further out. */
  branch(label: number, length: number = this.#length): void {
    const block = this.#toEnd.length - 1 - label;
    const before = this.#toEnd[block];
    if (before !== undefined && before !== ofLoop && before < length) this.#toEnd[block] = length;
  }

  /** A branch that an exception takes. */
  branchOnThrow(label: number): void {
    this.branch(label, uncountedMax);
  }

  /** What follows is reached by branches alone. */
  stop(): void {
    this.#length = nowhere;
  }

  #open(toEnd: number, toElse: number): void {
    this.#toEnd.push(toEnd);
    this.#toElse.push(toElse);
  }
}
