/** What is looked for in bytes, which a regular expression takes as Latin-1. */
export interface Pattern {
  readonly source: string;
  /** The most bytes that it matches. */
  readonly longest: number;
}

/** Finds a value in all writings in which services give back what they were given. In each writing a character may stand as
 *  it is or escaped, since services differ in what they escape. No writing can be read in two ways, so that a search takes
 *  linear time. */
export function patternsOf(value: string): readonly Pattern[] {
  const text = value.toWellFormed();
  const bytes = Buffer.from(text);
  const writings = [inText, inJson, inJsonTwice].map((writing) => inTurn(Array.from(text).map(writing)));
  const base64 = [0, 1, 2].map((before) => inTurn(Array.from(base64Within(bytes, before)).map(inBase64)));
  return [...writings, ...base64, inHexadecimal(bytes)].filter(({ longest }) => longest > 0);
}

/** As it is, in URLs or in HTML. */
function inText(character: string): Pattern {
  return oneOf([asItIs(character), ...urlEscapes(character), ...htmlEscapes(character)]);
}

/** In JSON, which may stand in a URL or in HTML. */
function inJson(character: string): Pattern {
  const escapes = jsonEscapes(character).map((escape) => inTurn(Array.from(escape).map(inText)));
  const plain = character === "\\" ? [] : [inText(character)];
  return oneOf([...plain, ...escapes, unicodeEscaped(character, "\\")]);
}

function inJsonTwice(character: string): Pattern {
  const escapes = jsonEscapes(character).map((escape) => exactly(JSON.stringify(escape).slice(1, -1)));
  const plain = character === "\\" ? [] : [asItIs(character)];
  return oneOf([...plain, ...escapes, unicodeEscaped(character, "\\\\")]);
}

/** Percent-encoded, as a form is too, once or twice. */
function urlEscapes(character: string): readonly Pattern[] {
  const space = character === " " ? [exactly("+"), anyCase("%2B")] : [];
  const bytes = [...Buffer.from(character)].map((byte) => anyCase(hexadecimal(byte, 2)));
  return [inTurn(bytes.flatMap((byte) => [exactly("%"), optional(exactly("25")), byte])), ...space];
}

const entities: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos" };

function htmlEscapes(character: string): readonly Pattern[] {
  const code = character.codePointAt(0) as number;
  const named = entities[character];
  const number = oneOf([
    inTurn([zeros, exactly(`${code}`)]),
    inTurn([anyCase("x"), zeros, anyCase(code.toString(16))]),
  ]);
  const names = named === undefined ? [] : [exactly(named)];
  return [inTurn([exactly("&"), oneOf([...names, inTurn([exactly("#"), number])]), exactly(";")])];
}

/** Before a number. */
const zeros: Pattern = { source: "0{0,2}", longest: 2 };

/** A digit of base64 and the end of a line before the next one. */
function inBase64(digit: string): Pattern {
  const others: Readonly<Record<string, string>> = { "+": "-", "/": "_" };
  const other = others[digit];
  const written = other === undefined ? exactly(digit) : oneOf([inJson(digit), exactly(other)]);
  return inTurn([written, lineEnd]);
}

/** Perhaps within JSON. */
const lineEnd: Pattern = { source: String.raw`(?:[\r\n]|\\[rn]){0,2}`, longest: 4 };

/** Each byte by two digits, perhaps with something before the next. */
function inHexadecimal(bytes: Buffer): Pattern {
  const between = optional(oneOf(["\\x", " ", ":", "-"].map(exactly)));
  const digits = [...bytes].map((byte) => anyCase(hexadecimal(byte, 2)));
  return inTurn(digits.flatMap((byte, at) => (at === 0 ? [byte] : [between, byte])));
}

/** In UTF-8, or in Latin-1. */
function asItIs(character: string): Pattern {
  const utf8 = Buffer.from(character).toString("latin1");
  return oneOf([exactly(utf8), ...(/[\u0080-\u00ff]/.test(character) ? [exactly(character)] : [])]);
}

/** With a backslash before it, of which programs differ: `/` and `'` need none in JSON. */
function jsonEscapes(character: string): readonly string[] {
  if (character === "/" || character === "'") return [`\\${character}`];
  const escaped = JSON.stringify(character).slice(1, -1);
  return escaped === character ? [] : [escaped];
}

/** Each unit of UTF-16 by its number. */
function unicodeEscaped(character: string, backslash: string): Pattern {
  const units = character.split("").map((unit) => hexadecimal(unit.charCodeAt(0), 4));
  return inTurn(units.map((digits) => inTurn([exactly(`${backslash}u`), anyCase(digits)])));
}

/** The digits that the bytes alone decide, when `before` bytes (modulo 3) stand before them. */
function base64Within(bytes: Buffer, before: number): string {
  const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
  return digits.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6));
}

function hexadecimal(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0");
}

function exactly(latin1: string): Pattern {
  const bytes = [...Buffer.from(latin1, "latin1")];
  return { source: bytes.map((byte) => `\\x${hexadecimal(byte, 2)}`).join(""), longest: latin1.length };
}

function anyCase(text: string): Pattern {
  const sources = Array.from(text).map(
    (each) => `[${exactly(each.toLowerCase()).source}${exactly(each.toUpperCase()).source}]`,
  );
  return { source: sources.join(""), longest: text.length };
}

function inTurn(patterns: readonly Pattern[]): Pattern {
  return {
    source: patterns.map(({ source }) => source).join(""),
    longest: patterns.reduce((sum, { longest }) => sum + longest, 0),
  };
}

/** The longer before the shorter, which may be its beginning. */
function oneOf(patterns: readonly Pattern[]): Pattern {
  const sources = patterns.toSorted((a, b) => b.longest - a.longest).map(({ source }) => source);
  const [only = "", ...more] = new Set(sources);
  return {
    source: more.length === 0 ? only : `(?:${[only, ...more].join("|")})`,
    longest: Math.max(...patterns.map(({ longest }) => longest)),
  };
}

function optional({ source, longest }: Pattern): Pattern {
  return { source: `(?:${source})?`, longest };
}
