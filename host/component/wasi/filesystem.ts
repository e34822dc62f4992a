import type { HostInterface } from "../../ports/components.ts";
import { refusedResource } from "./refused.ts";

/** A file system with nothing in it: no folder is open, so no descriptor exists. */
export const filesystem = {
  "wasi:filesystem/preopens": { getDirectories: () => [] },
  "wasi:filesystem/types": {
    Descriptor: refusedResource("wasi:filesystem/types.descriptor", {
      methods: [
        "readViaStream",
        "writeViaStream",
        "appendViaStream",
        "advise",
        "syncData",
        "getFlags",
        "getType",
        "setSize",
        "setTimes",
        "read",
        "write",
        "readDirectory",
        "sync",
        "createDirectoryAt",
        "stat",
        "statAt",
        "setTimesAt",
        "linkAt",
        "openAt",
        "readlinkAt",
        "removeDirectoryAt",
        "renameAt",
        "symlinkAt",
        "unlinkFileAt",
        "isSameObject",
        "metadataHash",
        "metadataHashAt",
      ],
    }),
    DirectoryEntryStream: refusedResource("wasi:filesystem/types.directory-entry-stream", {
      methods: ["readDirectoryEntry"],
    }),
    filesystemErrorCode: () => undefined,
  },
} satisfies Readonly<Record<string, HostInterface>>;
