import { escapes, type Reader } from "./secret-readings.ts";

type Units = readonly number[];

/** What has been read may go on as any of the values from `from` to before `to`. */
interface State {
  readonly next: number;
  readonly from: number;
  readonly to: number;
}

/** Finds values, given by their units, in what a reader reads. There is no backtracking: all that may be meant is followed
 *  at once, a unit at a time, and the values are sorted, so that those that are left stand side by side. */
export class SecretSearch {
  readonly #reader: Reader;
  readonly #values: readonly Units[];
  /** By two bytes, whether a value may begin with them: so that most places cost no reading. */
  readonly #begins = new Uint8Array(0x10000);

  /** `beginnings` are the bytes with which a writing of a unit may begin. */
  constructor(reader: Reader, beginnings: (unit: number) => readonly number[], values: readonly Units[]) {
    this.#reader = reader;
    const sorted = values.filter(({ length }) => length > 0).toSorted(inOrder);
    this.#values = sorted.filter((value, at) => at === 0 || inOrder(value, sorted[at - 1] ?? []) !== 0);
    for (const value of this.#values) this.#markBeginnings(value, beginnings);
  }

  /** Where the longest value ends that begins here and takes no more bytes than `bytesMax`; the place itself when none does. */
  end(bytes: Uint8Array, at: number, bytesMax: number): number {
    if (this.#begins[((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)] === 0) return at;
    let end = at;
    let states: State[] = [{ next: at, from: 0, to: this.#values.length }];
    for (let depth = 0; states.length > 0; depth++) {
      const later: State[] = [];
      for (const state of states) {
        for (const reading of this.#reader(bytes, state.next)) {
          if (reading.end - at > bytesMax) continue;
          const { from, to } = this.#narrowed(state, depth, reading.unit);
          if (from === to) continue;
          const whole = this.#values[from]?.length === depth + 1;
          if (whole) end = Math.max(end, reading.end);
          const left = { next: reading.next, from: whole ? from + 1 : from, to };
          const known = later.some(({ next, from: other }) => next === left.next && other === left.from);
          if (left.from < to && !known) later.push(left);
        }
      }
      states = later;
    }
    return end;
  }

  /** Those of the values that go on with this unit. */
  #narrowed({ from, to }: State, depth: number, unit: number): { readonly from: number; readonly to: number } {
    const first = this.#firstFrom(from, to, depth, unit);
    return { from: first, to: this.#firstFrom(first, to, depth, unit + 1) };
  }

  #firstFrom(from: number, to: number, depth: number, unit: number): number {
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#values[middle]?.[depth] ?? 0) < unit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #markBeginnings([first = 0, second]: Units, beginnings: (unit: number) => readonly number[]): void {
    const behind = second === undefined || first === newline ? undefined : [...beginnings(second), ...separating];
    for (const byte of beginnings(first)) {
      if (behind === undefined || byte >= 0x80) this.#begins.fill(1, byte << 8, (byte + 1) << 8);
      else for (const next of [...behind, ...(escapes.get(byte) ?? [])]) this.#begins[(byte << 8) | next] = 1;
    }
  }
}

const newline = 0x0a;
/** Bytes that may stand between two units. */
const separating = [...Buffer.from("\r\n\t :-\\%&")];

function inOrder(a: Units, b: Units): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
