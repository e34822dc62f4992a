import type { GrantedDir } from "../../../core/deployment.ts";
import type { HostInterface } from "../../../ports/components.ts";
import type { GuestScope } from "../guest-scope.ts";
import { AttemptFiles, type FileLimits } from "./attempt-files.ts";
import { Descriptor } from "./descriptor.ts";
import { DirectoryEntryStream } from "./directory-entry-stream.ts";
import { FileErr, FileIoError } from "./error-code.ts";
import { Folder } from "./folder.ts";
import type { ScratchFolder } from "./scratch-folder.ts";
import { canWalk } from "./walk.ts";

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
  const directories = (): [Descriptor, string][] => [
    ...dirs.map(({ host, guest, writable }) => granted(host, guest, writable, files)),
    ...(scratch === undefined ? [] : [granted(scratch.folder.make(), scratch.guest, true, files)]),
  ];
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
function granted(host: string, guest: string, writable: boolean, files: AttemptFiles): [Descriptor, string] {
  if (!canWalk()) throw new Error(`the folder ${host} is granted to a guest, which can be done on Linux only`);
  try {
    return [new Descriptor(Folder.granted(host, writable, files), files), guest];
  } catch (error) {
    const why = error instanceof FileErr ? error.code : String(error);
    throw new Error(`the granted folder ${host} can't be opened: ${why}`, { cause: error });
  }
}
