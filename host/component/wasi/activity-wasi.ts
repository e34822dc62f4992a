import { randomBytes } from "node:crypto";
import { timerMsMax } from "../../ports/clock.ts";
import type { HostImports } from "../../ports/components.ts";
import type { LogLevel } from "../../ports/journal.ts";
import { Stdio } from "./cli.ts";
import type { GuestClock } from "./clocks.ts";
import { type FileGrants, fileInterfaces } from "./files/file-interfaces.ts";
import type { GuestScope } from "./guest-scope.ts";
import { type HttpParts, httpInterfaces } from "./http-interfaces.ts";
import { commonInterfaces, type Interfaces, withAnyVersion } from "./interfaces.ts";
import type { RandomSource } from "./random.ts";
import { sockets } from "./sockets.ts";
import type { Condition } from "./waiting.ts";

export interface ActivityWorld {
  /** The guest's waits; what it has open is closed when the scope ends. */
  readonly scope: GuestScope;
  readonly log: (level: LogLevel, message: string) => void;
  readonly http: HttpParts;
  /** The guest's environment: secrets by their placeholders. */
  readonly variables: readonly (readonly [key: string, value: string])[];
  /** What standard input gives. */
  readonly input: string;
  /** Where the guest begins, when it has a folder of its own. */
  readonly folder: string | undefined;
  /** Nothing of the file system when absent. */
  readonly files?: FileGrants;
}

/** WASI for one attempt of an activity: the machine's clock and randomness, HTTP to the allowed origins, the variables and
 *  folders that are granted, and nothing else of the machine. Waiting suspends the guest and leaves the thread free. */
export class ActivityWasi {
  readonly imports: HostImports;
  #stdio: Stdio | undefined;

  constructor(world: ActivityWorld) {
    this.imports = withAnyVersion(() => {
      this.#stdio = new Stdio(world.scope, world.log, world.input);
      const all: Required<Interfaces> = {
        ...commonInterfaces({
          waiting: world.scope,
          stdio: this.#stdio,
          clock: systemClock,
          random: systemRandom,
          variables: world.variables,
          folder: world.folder,
        }),
        ...(world.files && fileInterfaces(world.files, world.scope)),
        ...sockets,
        ...httpInterfaces(world.http, world.scope, world.log),
        "obelisk:log/log": logInterface(world.log),
      };
      return all;
    });
  }

  /** Logs what the guest wrote without an end of line. */
  end(): void {
    this.#stdio?.end();
  }
}

const levels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

function logInterface(log: (level: LogLevel, message: string) => void): Readonly<Record<string, unknown>> {
  return Object.fromEntries(levels.map((level) => [level, (message: string) => log(level, message)]));
}

const systemClock: GuestClock = {
  monotonic: () => process.hrtime.bigint(),
  wall: () => BigInt(Date.now()) * 1_000_000n,
  resolution: 1_000_000n,
  reached: (instant): Condition => ({
    ready: () => process.hrtime.bigint() >= instant,
    whenReady: (wake) => {
      const waitMs = Number(instant - process.hrtime.bigint()) / 1e6;
      // A wait that is longer than a timer takes is made of several.
      const timer = setTimeout(wake, Math.min(Math.max(Math.ceil(waitMs), 0), timerMsMax));
      return () => clearTimeout(timer);
    },
  }),
};

const systemRandom: RandomSource = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  u64: () => randomBytes(8).readBigUInt64LE(),
};
