import type { Chance } from "../sim/chance.ts";
import { bytes, leb } from "../support/component-bytes.ts";
import { type Binary, readBinary, writeBinary } from "./sections.ts";

/** Numbers at which readers go wrong. */
const edges = [0, 1, 2, 0x7f, 0x80, 0xff, 0x3fff, 0x4000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const overlong = [0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
const inputMax = 1024 * 1024;

/** Another binary, made of one of the corpus by a few changes: in its bytes, or in its sections with lengths that are right. */
export function mutated(corpus: readonly Uint8Array[], chance: Chance): Uint8Array {
  let input = pick(corpus, chance);
  for (let left = 1 + chance.below(3); left > 0; left--) {
    const next = chance.below(3) === 0 ? changedBytes(input, corpus, chance) : changedSections(input, corpus, chance);
    if (next.length <= inputMax) input = next;
  }
  return input;
}

/** One change anywhere: a bit, a byte, a number, a piece that is left out, doubled or taken from another. */
export function changedBytes(input: Uint8Array, corpus: readonly Uint8Array[], chance: Chance): Uint8Array {
  const at = chance.below(input.length + 1);
  const length = chance.below(Math.min(64, input.length - at) + 1);
  const [before, piece, after] = [input.subarray(0, at), input.subarray(at, at + length), input.subarray(at + length)];
  switch (chance.below(8)) {
    case 0: {
      const flipped = Uint8Array.from(input);
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << chance.below(8));
      return flipped;
    }
    case 1:
      return bytes(before, [chance.below(256)], input.subarray(at + 1));
    case 2:
      return before;
    case 3:
      return bytes(before, after);
    case 4:
      return bytes(before, piece, piece, after);
    case 5:
      return bytes(before, leb(pick(edges, chance)), input.subarray(at + 1));
    case 6:
      return bytes(before, overlong, input.subarray(at + 1));
    default: {
      const other = pick(corpus, chance);
      const from = chance.below(other.length + 1);
      return bytes(before, other.subarray(from, from + chance.below(256)), after);
    }
  }
}

function changedSections(input: Uint8Array, corpus: readonly Uint8Array[], chance: Chance): Uint8Array {
  const whole = readBinary(input);
  const binaries = withinOf(whole);
  const { sections } = pick(binaries, chance);
  if (sections.length === 0) return changedBytes(input, corpus, chance);
  const at = chance.below(sections.length);
  const section = sections[at]!;
  switch (chance.below(6)) {
    case 0:
      sections.splice(at, 1);
      break;
    case 1:
      sections.splice(chance.below(sections.length + 1), 0, section);
      break;
    case 2: {
      const to = chance.below(sections.length);
      [sections[at], sections[to]] = [sections[to]!, section];
      break;
    }
    case 3: {
      const others = pick(withinOf(readBinary(pick(corpus, chance))), chance).sections;
      if (others.length > 0) sections.splice(at, 0, pick(others, chance));
      break;
    }
    default:
      // One within another is changed in its own turn.
      if (section.content instanceof Uint8Array) {
        sections[at] = { ...section, content: changedBytes(section.content, corpus, chance) };
      }
  }
  return writeBinary(whole);
}

/** A binary and all that are within it. */
function withinOf(binary: Binary): Binary[] {
  return [
    binary,
    ...binary.sections.flatMap(({ content }) => (content instanceof Uint8Array ? [] : withinOf(content))),
  ];
}

export function pick<T>(of: readonly T[], chance: Chance): T {
  return of[chance.below(of.length)]!;
}
