import { readlinkSync } from "node:fs";
import { resolve } from "node:path";
import type { GrantedDir } from "../../../core/deployment.ts";
import type { HostInterface } from "../../../ports/components.ts";
import type { GuestScope } from "../guest-scope.ts";
import { AttemptFiles, type FileLimits } from "./attempt-files.ts";
import { Descriptor } from "./descriptor.ts";
import { DirectoryEntryStream } from "./directory-entry-stream.ts";
import { FileErr, FileIoError } from "./error-code.ts";
import { Folder } from "./folder.ts";
import type { ScratchFolder } from "./scratch-folder.ts";
import { canWalk, pathOf } from "./walk.ts";

/** What of the file system an attempt is given. */
export interface FileGrants {
  readonly dirs: readonly GrantedDir[];
  readonly scratch?: {
    /** As the guest sees it. */
    readonly guest: string;
    readonly folder: ScratchFolder;
  };
  readonly limits: FileLimits;
}

/** `wasi:filesystem` for one attempt. The guest's folders are opened when it asks for them. */
export function fileInterfaces({ dirs, scratch, limits }: FileGrants, scope: GuestScope) {
  const files = new AttemptFiles(scope, limits);
  const directories = (): [Descriptor, string][] => {
    const all = dirs.map(({ host, guest, writable }): [Folder, string] => {
      return [reachedDirectly(host, granted(host, writable, files)), guest];
    });
    if (scratch !== undefined) all.push([granted(scratch.folder.make(), true, files), scratch.guest]);
    return all.map(([folder, guest]) => [new Descriptor(folder, files), guest]);
  };
  return {
    "wasi:filesystem/preopens": { getDirectories: () => files.answer(directories) },
    "wasi:filesystem/types": {
      Descriptor,
      DirectoryEntryStream,
      filesystemErrorCode: (error: unknown) => (error instanceof FileIoError ? error.code : undefined),
    },
  } satisfies Readonly<Record<string, HostInterface>>;
}

/** Throws an Error when the host can't open what its deployment grants: no guest could go on with that. */
function granted(host: string, writable: boolean, files: AttemptFiles): Folder {
  if (!canWalk()) throw new Error(`the folder ${host} is granted to a guest, which can be done on Linux only`);
  try {
    return Folder.granted(host, writable, files);
  } catch (error) {
    const why = error instanceof FileErr ? error.code : String(error);
    throw new Error(`the granted folder ${host} can't be opened: ${why}`, { cause: error });
  }
}

/** A link on the way may be the work of another guest. */
function reachedDirectly(host: string, folder: Folder): Folder {
  const real = readlinkSync(pathOf(folder.opened.handle));
  if (real === resolve(host)) return folder;
  throw new Error(`the granted folder ${host} is reached by a symbolic link: grant ${real} if that is meant`);
}
