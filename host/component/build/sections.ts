/** A component as a sequence of sections, looked at from the outside only: what a build adds, takes away and reads back. */
interface Section {
  readonly id: number;
  readonly start: number;
  readonly contents: Uint8Array;
  readonly end: number;
}

const customId = 0;
const exportId = 11;
const headerLength = 8;

export interface Sources {
  readonly entry: string;
  /** Text by path, relative to a folder that holds them all. */
  readonly files: Readonly<Record<string, string>>;
}

export interface BuildRecord {
  readonly stele: string;
  readonly engine: string;
  readonly jco: string;
  readonly world: string;
}

export function withCustomSection(
  bytes: Uint8Array,
  name: "stele:source" | "stele:build",
  value: Sources | BuildRecord,
): Uint8Array {
  const encoder = new TextEncoder();
  const title = encoder.encode(name);
  const contents = Buffer.concat([leb128(title.length), title, encoder.encode(JSON.stringify(value))]);
  return Buffer.concat([bytes, Uint8Array.of(customId), leb128(contents.length), contents]);
}

/** The sources that a component was built from, or undefined when it carries none. */
export function readSources(bytes: Uint8Array): Sources | undefined {
  const value = readCustomSection(bytes, "stele:source");
  if (!isRecord(value) || typeof value["entry"] !== "string" || !isRecord(value["files"])) return undefined;
  const files = Object.entries(value["files"]).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return { entry: value["entry"], files: Object.fromEntries(files) };
}

/** What a component was built with, or undefined when `stele build` did not make it. */
export function readBuildRecord(bytes: Uint8Array): BuildRecord | undefined {
  const value = readCustomSection(bytes, "stele:build");
  if (!isRecord(value)) return undefined;
  const text = (key: string): string => (typeof value[key] === "string" ? value[key] : "");
  return { stele: text("stele"), engine: text("engine"), jco: text("jco"), world: text("world") };
}

/** Takes away the export `init`, which QuickJS leaves over from its own start. An export of its own section and the last
 *  function to get an index, it is missed by nothing: a world's own functions all stand in interfaces. */
export function withoutInitExport(bytes: Uint8Array): Uint8Array {
  // One entry: name kind 0, "init", sort 1 (function).
  const init = [1, 0, 4, ...new TextEncoder().encode("init"), 1];
  const stray = [...sectionsOf(bytes)].find(
    ({ id, contents }) => id === exportId && init.every((byte, i) => contents[i] === byte),
  );
  return stray === undefined ? bytes : Buffer.concat([bytes.subarray(0, stray.start), bytes.subarray(stray.end)]);
}

function readCustomSection(bytes: Uint8Array, name: string): unknown {
  const decoder = new TextDecoder();
  for (const { id, contents } of sectionsOf(bytes)) {
    if (id !== customId) continue;
    const [length, start] = readLeb128(contents, 0);
    if (decoder.decode(contents.subarray(start, start + length)) !== name) continue;
    try {
      return JSON.parse(decoder.decode(contents.subarray(start + length)));
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** Ends early where the bytes are no component. */
function* sectionsOf(bytes: Uint8Array): Generator<Section> {
  for (let start = headerLength; start < bytes.length; ) {
    const [length, contentsStart] = readLeb128(bytes, start + 1);
    const end = contentsStart + length;
    if (end > bytes.length) return;
    yield { id: bytes[start] ?? customId, start, contents: bytes.subarray(contentsStart, end), end };
    start = end;
  }
}

function readLeb128(bytes: Uint8Array, position: number): [value: number, end: number] {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[position + i] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [value, position + i + 1];
  }
  return [value, position + 5];
}

function leb128(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
