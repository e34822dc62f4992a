import { readFileSync } from "node:fs";
import { buildGuest, type GuestName, guestFile } from "../../components/guests.ts";
import { type PreparedComponent, prepareComponent } from "../../host/component/component.ts";
import type { PoolLimits } from "../../host/component/pool/limits.ts";
import { createActivityPool } from "../../host/component/pool/pool.ts";
import { type ComponentLimits, noGrants, plainComponent } from "../../host/core/deployment.ts";
import type { Digest, ExecutionId, FunctionName } from "../../host/core/ids.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import type { Activities, AttemptEnd, Sandbox } from "../../host/ports/activities.ts";
import { WebService } from "./web-service.ts";

const mib = 1024 * 1024;

interface Asked {
  readonly allowed?: string;
  readonly limits?: Partial<ComponentLimits>;
  readonly deadlineMs?: number;
}

/** What holds unless a case says otherwise: enough for a guest to be itself, and soon used up. */
const usual = { memoryBytesMax: 64 * mib, fuel: 300_000_000, logBytesMax: 100_000 };

/** A pool of one thread, in which guests of several components live side by side, and a service that counts. */
export class OneThread {
  readonly service: WebService;
  readonly #pool: Activities;
  readonly #components: ReadonlyMap<Digest, PreparedComponent>;
  readonly #digests: ReadonlyMap<GuestName, Digest>;
  #attempts = 0;

  private constructor(
    service: WebService,
    components: ReadonlyMap<GuestName, PreparedComponent>,
    limits: Partial<PoolLimits>,
  ) {
    this.service = service;
    this.#components = new Map([...components.values()].map((prepared) => [prepared.digest, prepared]));
    this.#digests = new Map([...components].map(([name, { digest }]) => [name, digest]));
    const component = (digest: Digest) => this.#components.get(digest)!;
    this.#pool = createActivityPool({ threads: 1, component, limits });
  }

  static async of(guests: readonly GuestName[], limits: Partial<PoolLimits> = {}): Promise<OneThread> {
    const prepared = new Map<GuestName, PreparedComponent>();
    for (const name of guests) {
      await buildGuest(name);
      prepared.set(name, await prepareComponent(readFileSync(guestFile(name))));
    }
    return new OneThread(await WebService.start(), prepared, limits);
  }

  /** One attempt of `test:escape/attempts.attempt`. */
  attempt(guest: GuestName, what: string, argument = "", asked: Asked = {}): Promise<AttemptEnd> {
    const digest = this.#digests.get(guest)!;
    const attempt = {
      execution: "E_01K42AJA8QHD7D3GTJAYMASFYC" as ExecutionId,
      attempt: ++this.#attempts,
      component: digest,
      function: "test:escape/attempts.attempt" as FunctionName,
      params: [what, argument],
      deadlineMs: asked.deadlineMs ?? 60_000,
      sandbox: sandboxOf(digest, asked),
    };
    return new Promise((resolve) => {
      this.#pool.start(attempt, resolve);
    });
  }

  /** Does `act` while a neighbour waits for its answer; the neighbour has to get it at its first and only request. */
  async besideNeighbour<T>(guest: GuestName, act: () => Promise<T>): Promise<T> {
    const asked = () => this.service.seen.filter(({ url }) => url === "/hold").length;
    const before = asked();
    const waits = this.attempt(guest, "dial", `${this.service.authority}/hold`, { allowed: this.service.origin });
    await this.service.until(() => asked() === before + 1);
    const done = await act();
    this.service.release();
    const end = await waits;
    const requests = asked() - before;
    if (end.kind !== "returned" || requests !== 1)
      throw new Error(`the neighbour sent ${requests} requests and ends with ${JSON.stringify(end)}`);
    return done;
  }

  async close(): Promise<void> {
    await this.#pool.close();
    await this.service.stop();
  }
}

function sandboxOf(digest: Digest, { allowed, limits }: Asked): Sandbox {
  const plain = plainComponent({ name: "escape", kind: "activity", digest });
  const allowedHosts = allowed === undefined ? [] : [{ pattern: allowed }];
  const component = {
    ...plain,
    grants: { ...noGrants, allowedHosts },
    limits: { ...plain.limits, ...usual, ...limits },
  };
  return sandboxesOf({ components: [component] }).get("escape")!;
}
