import { type BinaryReader, unsupported } from "./binary-reader.ts";
import type { CanonOptions, Definition, StringEncoding } from "./syntax.ts";

/** Built-ins that need what this host has not: asynchronous tasks, streams and threads (Binary.md, "Canonical Definitions"). */
const builtIns: ReadonlyMap<number, string> = new Map([
  [0x05, "task.cancel"],
  [0x06, "subtask.cancel"],
  [0x07, "resource.drop async"],
  [0x08, "backpressure.set"],
  [0x09, "task.return"],
  [0x0a, "context.get"],
  [0x0b, "context.set"],
  [0x0c, "thread.yield"],
  [0x0d, "subtask.drop"],
  [0x0e, "stream.new"],
  [0x0f, "stream.read"],
  [0x10, "stream.write"],
  [0x11, "stream.cancel-read"],
  [0x12, "stream.cancel-write"],
  [0x13, "stream.drop-readable"],
  [0x14, "stream.drop-writable"],
  [0x15, "future.new"],
  [0x16, "future.read"],
  [0x17, "future.write"],
  [0x18, "future.cancel-read"],
  [0x19, "future.cancel-write"],
  [0x1a, "future.drop-readable"],
  [0x1b, "future.drop-writable"],
  [0x1c, "error-context.new"],
  [0x1d, "error-context.debug-message"],
  [0x1e, "error-context.drop"],
  [0x1f, "waitable-set.new"],
  [0x20, "waitable-set.wait"],
  [0x21, "waitable-set.poll"],
  [0x22, "waitable-set.drop"],
  [0x23, "waitable.join"],
  [0x24, "backpressure.inc"],
  [0x25, "backpressure.dec"],
  [0x26, "thread.index"],
  [0x27, "thread.new-indirect"],
  [0x28, "thread.switch-to"],
  [0x29, "thread.suspend"],
  [0x2a, "thread.resume-later"],
  [0x2b, "thread.yield-to"],
  [0x40, "thread.spawn-ref"],
  [0x41, "thread.spawn-indirect"],
  [0x42, "thread.available-parallelism"],
]);

const encodings: readonly StringEncoding[] = ["utf8", "utf16", "latin1+utf16"];

/** One entry of a canon section. Throws HostError `component-refused` for a built-in that is not supported, by its name. */
export function readCanon(reader: BinaryReader): Definition {
  const at = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x00: {
      expectZero(reader);
      const core = reader.u32();
      const options = readOptions(reader);
      return { at, kind: "lift", core, options, type: reader.u32() };
    }
    case 0x01: {
      expectZero(reader);
      const func = reader.u32();
      return { at, kind: "lower", func, options: readOptions(reader) };
    }
    case 0x02:
      return { at, kind: "resource-new", resource: reader.u32() };
    case 0x03:
      return { at, kind: "resource-drop", resource: reader.u32() };
    case 0x04:
      return { at, kind: "resource-rep", resource: reader.u32() };
    default: {
      const name = builtIns.get(code);
      if (name === undefined) return reader.fail(`0x${code.toString(16)} begins no canonical function`, at);
      throw unsupported(
        `the component uses ${name}, which this host does not have`,
        "build it for WASI 0.2, without async",
      );
    }
  }
}

function readOptions(reader: BinaryReader): CanonOptions {
  let options: CanonOptions = { encoding: "utf8" };
  for (let left = reader.count(); left > 0; left--) {
    const at = reader.at;
    const code = reader.byte();
    switch (code) {
      case 0x00:
      case 0x01:
      case 0x02:
        options = { ...options, encoding: encodings[code] as StringEncoding };
        break;
      case 0x03:
        options = { ...options, memory: reader.u32() };
        break;
      case 0x04:
        options = { ...options, realloc: reader.u32() };
        break;
      case 0x05:
        options = { ...options, postReturn: reader.u32() };
        break;
      case 0x06:
      case 0x07:
        throw unsupported("the component has async functions, which this host does not run", "build it for WASI 0.2");
      default:
        reader.fail(`0x${code.toString(16)} begins no canonical option`, at);
    }
  }
  return options;
}

function expectZero(reader: BinaryReader): void {
  if (reader.byte() !== 0) reader.fail("a canonical function is of no known kind", reader.at - 1);
}
