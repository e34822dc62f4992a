import type { HostImports, HostInterface } from "../../ports/components.ts";
import { environmentOf, exit, type Stdio, terminals } from "./cli.ts";
import { clockInterfaces, type GuestClock } from "./clocks.ts";
import { filesystem } from "./filesystem.ts";
import type { activityTypes, commonTypes } from "./offers.ts";
import { Pollable, poll } from "./poll.ts";
import { type RandomSource, randomInterfaces } from "./random.ts";
import { InputStream, IoError, OutputStream } from "./streams.ts";
import type { Waiting } from "./waiting.ts";

export type CommonInterfaces = Readonly<Record<keyof typeof commonTypes, HostInterface>>;
export type Interfaces = CommonInterfaces &
  Partial<Readonly<Record<keyof typeof activityTypes | "obelisk:log/log", HostInterface>>>;

/** What workflows and activities have in common, by interface name without version. */
export function commonInterfaces(parts: {
  readonly waiting: Waiting;
  readonly stdio: Stdio;
  readonly clock: GuestClock;
  readonly random: RandomSource;
  readonly variables?: readonly (readonly [key: string, value: string])[];
  readonly folder?: string | undefined;
}): CommonInterfaces {
  const { waiting, stdio } = parts;
  return {
    "wasi:cli/environment": environmentOf(parts.variables ?? [], parts.folder),
    "wasi:cli/exit": exit,
    "wasi:cli/stdin": stdio.stdin,
    "wasi:cli/stdout": stdio.stdout,
    "wasi:cli/stderr": stdio.stderr,
    ...terminals,
    "wasi:io/error": { Error: IoError },
    "wasi:io/poll": { Pollable, poll: (pollables: readonly Pollable[]) => poll(waiting, pollables) },
    "wasi:io/streams": { InputStream, OutputStream },
    ...clockInterfaces(parts.clock, waiting),
    ...randomInterfaces(parts.random),
    ...filesystem,
  };
}

/** Any 0.2 version of a WASI interface is answered alike; of a package of another kind, any version. */
export function withAnyVersion(interfaces: () => Interfaces): HostImports {
  let made: Map<string, HostInterface> | undefined;
  return (name) => {
    const [plain = name, version] = name.split("@");
    if (plain.startsWith("wasi:") && version !== undefined && !version.startsWith("0.2.")) return undefined;
    made ??= new Map(Object.entries(interfaces()));
    return made.get(plain);
  };
}
