import { mkdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { HostError } from "../core/host-error.ts";

export function journalFile(dir: string): string {
  return join(dir, "journal.sqlite");
}

export function lockFile(dir: string): string {
  return join(dir, "journal.lock");
}

/** `statfs` types (linux/magic.h and the file systems' own headers) on which SQLite can't rely on locks and syncs. */
const networkFileSystems = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x65735546, "FUSE"],
  [0x01021997, "9P"],
  [0x564c, "NCP"],
  [0x5346414f, "AFS"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
]);

/** Makes the folder if it is not there and refuses one that can't hold a journal. */
export function prepareFolder(dir: string, allowNetworkFileSystem: boolean, typeOf = fileSystemType): void {
  try {
    mkdirSync(dir, { recursive: true });
    if (!statSync(dir).isDirectory()) throw new Error("it is not a folder");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HostError("journal-read-only", `the data folder ${dir} can't be made: ${why}`, {
      hint: "name a folder that the host may write to",
      cause,
    });
  }
  const name = networkFileSystems.get(typeOf(dir));
  if (name !== undefined && !allowNetworkFileSystem) {
    throw new HostError("file-system-refused", `${dir} is on ${name}, where SQLite can't rely on locks and syncs`, {
      hint: "use a local disk, or allow network file systems if you know that this one keeps its promises",
    });
  }
}

function fileSystemType(dir: string): number {
  return statfsSync(dir).type >>> 0;
}
