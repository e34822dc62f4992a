import { subscribeDuration } from "wasi:clocks/monotonic-clock@0.2.12";
import { getDirectories } from "wasi:filesystem/preopens@0.2.12";
import { type Descriptor, filesystemErrorCode } from "wasi:filesystem/types@0.2.12";
import type { OutputStream } from "wasi:io/streams@0.2.12";

const encode = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const decode = (bytes: Uint8Array) => String.fromCharCode(...bytes);

const open = new Map<string, Descriptor>();

function named(name: string): Descriptor {
  const found = open.get(name);
  if (found === undefined) throw new Error(`no descriptor ${name}`);
  return found;
}

function finished(stream: OutputStream, text: string): void {
  stream.blockingWriteAndFlush(encode(text));
  stream[Symbol.dispose]();
}

function heard(file: Descriptor, offset: string): string {
  const stream = file.readViaStream(BigInt(offset));
  let text = "";
  try {
    for (;;) text += decode(stream.blockingRead(7n));
  } catch (thrown) {
    if (code(thrown) !== "closed") throw thrown;
  }
  stream[Symbol.dispose]();
  return text;
}

const steps: Record<string, (...words: string[]) => unknown> = {
  open(name, base, path, how = "read") {
    const asked = new Set(how.split(" "));
    const has = (flag: string) => asked.has(flag);
    const opened = named(base).openAt(
      { symlinkFollow: has("follow") },
      path,
      {
        create: has("create"),
        exclusive: has("exclusive"),
        truncate: has("truncate"),
        directory: has("directory"),
      },
      { read: has("read"), write: has("write"), mutateDirectory: has("mutate") },
    );
    open.set(name, opened);
  },
  drop(name) {
    named(name)[Symbol.dispose]();
    open.delete(name);
  },
  read(name, length, offset) {
    const [bytes, end] = named(name).read(BigInt(length), BigInt(offset));
    return `${decode(bytes)}${end ? " end" : ""}`;
  },
  write: (name, text, offset) => named(name).write(encode(text), BigInt(offset)),
  hear: (name, offset) => heard(named(name), offset),
  say: (name, text, offset) => finished(named(name).writeViaStream(BigInt(offset)), text),
  append: (name, text) => finished(named(name).appendViaStream(), text),
  cat(base, path) {
    const file = named(base).openAt({ symlinkFollow: true }, path, {}, { read: true });
    try {
      return heard(file, "0");
    } finally {
      file[Symbol.dispose]();
    }
  },
  put(base, path, text) {
    const file = named(base).openAt({ symlinkFollow: true }, path, { create: true }, { write: true });
    try {
      finished(file.writeViaStream(0n), text);
    } finally {
      file[Symbol.dispose]();
    }
  },
  fill(name, count) {
    const stream = named(name).writeViaStream(0n);
    try {
      for (let left = Number(count); left > 0; left -= 4096)
        stream.blockingWriteZeroesAndFlush(BigInt(Math.min(left, 4096)));
      return "all";
    } catch (thrown) {
      const failure = payload(thrown) as { val: Parameters<typeof filesystemErrorCode>[0] };
      return filesystemErrorCode(failure.val);
    }
  },
  size: (name, bytes) => named(name).setSize(BigInt(bytes)),
  times: (name, seconds) => named(name).setTimes({ tag: "no-change" }, at(seconds)),
  "times-at": (base, path, seconds) => named(base).setTimesAt({}, path, { tag: "now" }, at(seconds)),
  flags(name) {
    const flags = Object.entries(named(name).getFlags());
    return flags.flatMap(([flag, set]) => (set ? [flag] : [])).join(" ");
  },
  type: (name) => named(name).getType(),
  stat: (name) => told(named(name).stat()),
  sync(name) {
    named(name).sync();
    named(name).syncData();
  },
  list(name) {
    const entries = named(name).readDirectory();
    const listed: string[] = [];
    for (;;) {
      const entry = entries.readDirectoryEntry();
      if (entry === undefined) break;
      listed.push(`${entry.name}:${entry.type}`);
    }
    entries[Symbol.dispose]();
    return listed.toSorted().join(" ");
  },
  mkdir: (base, path) => named(base).createDirectoryAt(path),
  rmdir: (base, path) => named(base).removeDirectoryAt(path),
  unlink: (base, path) => named(base).unlinkFileAt(path),
  readlink: (base, path) => named(base).readlinkAt(path),
  "stat-at": (base, path) => told(named(base).statAt({}, path)),
  "stat-end": (base, path) => told(named(base).statAt({ symlinkFollow: true }, path)),
  rename: (base, path, to, newPath) => named(base).renameAt(path, named(to), newPath),
  link: (base, path, to, newPath) => named(base).linkAt({}, path, named(to), newPath),
  symlink: (base, target, path) => named(base).symlinkAt(target, path),
  same(one, other) {
    const [a, b] = [named(one).metadataHash(), named(other).metadataHash()];
    return `${named(one).isSameObject(named(other))} ${a.lower === b.lower && a.upper === b.upper}`;
  },
  dive(base, count) {
    let folder = named(base);
    for (let left = Number(count); left > 0; left--) {
      folder.createDirectoryAt("d");
      const next = folder.openAt({}, "d", { directory: true }, { read: true });
      if (folder !== named(base)) folder[Symbol.dispose]();
      folder = next;
    }
    folder[Symbol.dispose]();
  },
  repeat(count, ...step) {
    const answers = new Set<string>();
    for (let left = Number(count); left > 0; left--) answers.add(answer(step));
    return [...answers].toSorted().join(", ");
  },
  sleep: (ms) => subscribeDuration(BigInt(ms) * 1_000_000n).block(),
  spin() {
    for (;;);
  },
  trap() {
    throw new RangeError("a trap");
  },
};

function at(seconds: string) {
  return { tag: "timestamp", val: { seconds: BigInt(seconds), nanoseconds: 500_000_000 } } as const;
}

function told({ type, size, linkCount, dataModificationTimestamp: time }: ReturnType<Descriptor["stat"]>): string {
  return `${type} ${size} ${linkCount} ${time?.seconds}.${time?.nanoseconds}`;
}

function payload(thrown: unknown): unknown {
  return (thrown as { payload?: unknown } | undefined)?.payload ?? thrown;
}

function code(thrown: unknown): string {
  const value = payload(thrown);
  return typeof value === "object" && value !== null ? String((value as { tag?: unknown }).tag) : String(value);
}

function answer([step, ...words]: string[]): string {
  try {
    const said = steps[step](...words);
    return said === undefined ? "ok" : `ok ${String(said)}`;
  } catch (thrown) {
    if (thrown instanceof Error && !("payload" in thrown)) throw thrown;
    return `err ${code(thrown)}`;
  }
}

export const files = {
  run(asked: string[][]): string[] {
    for (const [descriptor, path] of getDirectories()) open.set(path, descriptor);
    return asked.map(answer);
  },
};
