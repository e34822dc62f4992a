/** What may be meant at a place of some bytes: a character, by its code point, or a digit. */
export interface Reading {
  readonly unit: number;
  /** Where it ends. */
  readonly end: number;
  /** Where the next one begins, which may be behind something that separates them. */
  readonly next: number;
}

/** All that may be meant at a place, since services differ in what they escape and how. None when nothing is there. */
export type Reader = (bytes: Uint8Array, at: number) => readonly Reading[];

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const percent = 0x25;
const ampersand = 0x26;
const plus = 0x2b;
const backslash = 0x5c;

/** Bytes with which any character may begin, and what may follow them then. */
export const escapes: ReadonlyMap<number, readonly number[]> = new Map(
  [
    ["%", "0123456789abcdefABCDEF"],
    ["&", "#algq"],
    ["\\", "\\\"/'bfnrtu%&"],
  ].map(([escape = "", next = ""]) => [escape.charCodeAt(0), [...Buffer.from(next)]]),
);

/** Of one line. More of them are taken for text: what belongs to a character stays bounded. */
const blanksMax = 16;

const once = inJson(character);
const twice = inJson(once);

/** As it is, in URLs or in HTML. */
export const textReader = inLines(character);
/** In JSON too. */
export const jsonReader = inLines(once);
/** In JSON within JSON too. */
export const nestedJsonReader = inLines(twice);

const otherDigits: ReadonlyMap<number, number> = new Map([
  [0x2d, plus],
  [0x5f, 0x2f],
]);

/** A digit of base64 in either alphabet; a line may end behind it. */
export const base64Reader: Reader = (bytes, at) =>
  twice(bytes, at).flatMap(({ unit, end }) => {
    const digit = otherDigits.get(unit) ?? unit;
    const line = behind(twice, bytes, behind(twice, bytes, end, [carriageReturn]), [newline]);
    const nexts = line === end ? [end] : behindBlanks(twice, bytes, line);
    return nexts.map((next) => ({ unit: digit, end, next }));
  });

const separators = ["\\\\x", "\\x", " ", ":", "-"].map((text) => Buffer.from(text));

/** A digit of a byte; something may stand before the next. */
export const hexadecimalReader: Reader = (bytes, at) => {
  const unit = digit(bytes[at]);
  if (unit === undefined) return [];
  const end = at + 1;
  const between = separators.find((separator) => separator.every((byte, index) => bytes[end + index] === byte));
  return [{ unit, end, next: end + (between?.length ?? 0) }];
};

/** The bytes with which a writing of a character may begin. */
export function characterBeginnings(code: number): readonly number[] {
  const plain = [...Buffer.from(String.fromCodePoint(code)).subarray(0, 1), ...(code < 0x100 ? [code] : [])];
  const others = code === space ? [plus] : code === newline ? [carriageReturn] : [];
  return [...plain, ...others, ...escapes.keys()];
}

/** Letters and figures of base64 are never escaped. */
export function base64Beginnings(digit: number): readonly number[] {
  const others = [...otherDigits].filter(([, standard]) => standard === digit).map(([other]) => other);
  return others.length === 0 ? [digit] : [digit, ...others, ...escapes.keys()];
}

export function hexadecimalBeginnings(unit: number): readonly number[] {
  const text = unit.toString(16);
  return [...Buffer.from(text + text.toUpperCase())];
}

/** A carriage return may stand before the end of a line, or for it, and blanks behind it. */
function inLines(reader: Reader): Reader {
  return (bytes, at) => {
    const read = reader(bytes, at);
    if (!read.some(endsLine)) return read;
    return read.flatMap((reading) => {
      if (!endsLine(reading)) return [reading];
      const end = reading.unit === newline ? reading.end : behind(reader, bytes, reading.end, [newline]);
      return behindBlanks(reader, bytes, end).map((next) => ({ unit: newline, end, next }));
    });
  };
}

function endsLine({ unit }: Reading): boolean {
  return unit === newline || unit === carriageReturn;
}

/** The place and those behind each of the blanks there: a plus may be one or stand for itself. */
function behindBlanks(reader: Reader, bytes: Uint8Array, at: number): readonly number[] {
  const places = [at];
  for (let end = at; places.length <= blanksMax; ) {
    const next = behind(reader, bytes, end, [space, 0x09]);
    if (next === end) break;
    places.push(next);
    end = next;
  }
  return places;
}

/** Where one of these characters ends when it is there. */
function behind(reader: Reader, bytes: Uint8Array, at: number, units: readonly number[]): number {
  return reader(bytes, at).find(({ unit }) => units.includes(unit))?.end ?? at;
}

/** What a backslash and this letter stand for. */
const letters: ReadonlyMap<number, number> = new Map(
  Object.entries({ '"': '"', "\\": "\\", "/": "/", "'": "'", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }).map(
    ([letter, character]) => [letter.charCodeAt(0), character.charCodeAt(0)],
  ),
);

/** In JSON whose own characters the reader reads. */
function inJson(reader: Reader): Reader {
  return (bytes, at) => {
    const read = reader(bytes, at);
    if (!read.some(({ unit }) => unit === backslash)) return read;
    return read.flatMap((first) => {
      if (first.unit !== backslash) return [first];
      return reader(bytes, first.end).flatMap(({ unit, end }) => {
        const meant = letters.get(unit);
        if (meant !== undefined) return [readingOf(meant, end)];
        return unit === 0x75 ? numbered(reader, bytes, end) : [];
      });
    });
  };
}

/** A character by its units of UTF-16, behind the first `\u`. */
function numbered(reader: Reader, bytes: Uint8Array, at: number): readonly Reading[] {
  const first = hexadecimal16(bytes, at);
  if (first === undefined) return [];
  const end = at + 4;
  if (first < 0xd800 || first > 0xdbff) return [readingOf(first, end)];
  const letter = behind(reader, bytes, end, [backslash]);
  const digits = behind(reader, bytes, letter, [0x75]);
  const second = hexadecimal16(bytes, digits);
  if (letter === end || digits === letter || second === undefined) return [];
  return [readingOf(0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff), digits + 4)];
}

function character(bytes: Uint8Array, at: number): readonly Reading[] {
  const byte = bytes[at];
  if (byte === undefined) return [];
  if (byte === plus) return [readingOf(plus, at + 1), readingOf(space, at + 1)];
  if (byte === ampersand) return [readingOf(byte, at + 1), ...entity(bytes, at)];
  if (byte < 0x80 && byte !== percent) return [readingOf(byte, at + 1)];
  const read: Reading[] = [];
  for (const octet of octets(bytes, at)) {
    read.push(octet);
    if (octet.unit >= 0x80) read.push(...utf8(bytes, octet));
    // What a form writes for a blank may itself be percent-encoded.
    if (octet.unit === plus) read.push(readingOf(space, octet.end));
  }
  return read;
}

/** Bytes as they are, which are characters in Latin-1, or percent-encoded once or twice. */
function octets(bytes: Uint8Array, at: number): readonly Reading[] {
  const byte = bytes[at];
  if (byte === undefined) return [];
  const read = [readingOf(byte, at + 1)];
  if (byte !== percent) return read;
  const once = hexadecimal(bytes, at + 1);
  if (once !== undefined) read.push(readingOf(once, at + 3));
  const twice = once === percent ? hexadecimal(bytes, at + 3) : undefined;
  if (twice !== undefined) read.push(readingOf(twice, at + 5));
  return read;
}

/** A character of several bytes, of which one has been read. */
function utf8(bytes: Uint8Array, { unit, end }: Reading): readonly Reading[] {
  const more = unit >= 0xf0 ? 3 : unit >= 0xe0 ? 2 : unit >= 0xc0 ? 1 : 0;
  let code = unit & (0x3f >> more);
  let at = end;
  for (let index = 0; index < more; index++) {
    const continued = octets(bytes, at).find((octet) => octet.unit >= 0x80 && octet.unit < 0xc0);
    if (continued === undefined) return [];
    code = code * 64 + (continued.unit & 0x3f);
    at = continued.end;
  }
  return more === 0 ? [] : [readingOf(code, at)];
}

const named: Readonly<Record<string, number>> = { amp: 0x26, lt: 0x3c, gt: 0x3e, quot: 0x22, apos: 0x27 };
const entities = /^&(?:#(?:(\d{1,9})|[xX]([0-9a-fA-F]{1,8}))|(amp|lt|gt|quot|apos));/;
/** As many bytes as an entity may have. */
const entityMax = 13;

function entity(bytes: Uint8Array, at: number): readonly Reading[] {
  if (escapes.get(ampersand)?.includes(bytes[at + 1] ?? 0) !== true) return [];
  const text = String.fromCharCode(...bytes.subarray(at, at + entityMax));
  const [whole, decimal, hex, name = ""] = entities.exec(text) ?? [];
  if (whole === undefined) return [];
  const code = decimal === undefined ? (hex === undefined ? named[name] : Number.parseInt(hex, 16)) : Number(decimal);
  return code === undefined ? [] : [readingOf(code, at + whole.length)];
}

function readingOf(unit: number, end: number): Reading {
  return { unit, end, next: end };
}

function hexadecimal16(bytes: Uint8Array, at: number): number | undefined {
  const [high, low] = [hexadecimal(bytes, at), hexadecimal(bytes, at + 2)];
  return high === undefined || low === undefined ? undefined : high * 256 + low;
}

/** Of two digits. */
function hexadecimal(bytes: Uint8Array, at: number): number | undefined {
  const high = digit(bytes[at]);
  const low = digit(bytes[at + 1]);
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

function digit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}
