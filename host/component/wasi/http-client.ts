import { lookup } from "node:dns/promises";
import http from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import type { RequestTarget } from "../../core/allowed-host.ts";
import { sectionBytesMax } from "./http-fields.ts";
import type { Outgoing } from "./http-wire.ts";
import { type Asker, type Lookup, NameLookups } from "./name-lookups.ts";

/** How long a connection is kept for the next request. */
const idleMs = 4_000;
/** Connections of a thread that are kept, whomever they lead to. */
const idleMax = 256;

const machineLookup: Lookup = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/** The connections of one thread. */
export class HttpClient {
  readonly #lookups: NameLookups;
  readonly #agents = { http: new PinnedHttp(agentOptions), https: new PinnedHttps(agentOptions) };

  constructor(lookup: Lookup = machineLookup) {
    this.#lookups = new NameLookups(lookup);
  }

  /** The addresses of a canonical host, for one of those who take turns. Rejects with the resolver's error. */
  resolve(host: string, asker: Asker, wanted: () => boolean): Promise<readonly string[]> {
    const plain = unbracketed(host);
    return isIP(plain) === 0 ? this.#lookups.resolve(plain, asker, wanted) : Promise.resolve([plain]);
  }

  /** A request whose body is still to be written. It goes to one of these addresses, which have been checked, and no
   *  other: a connection is opened unless one that was opened for the same is idle. */
  request(target: RequestTarget, { path, headers }: Outgoing, addresses: readonly string[]): http.ClientRequest {
    const options: PinnedOptions = {
      method: target.method,
      host: unbracketed(target.host),
      port: target.port,
      path,
      headers,
      agent: this.#agents[target.scheme],
      lookup: pinned(addresses),
      addresses: addresses.toSorted().join(),
      maxHeaderSize: sectionBytesMax,
    };
    const request = (target.scheme === "http" ? http : https).request(options);
    // As many as the header section holds; Node would leave out those beyond its own number.
    request.maxHeadersCount = 0;
    return request;
  }

  /** Closes all connections, those in use too. */
  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }
}

const agentOptions: http.AgentOptions = { keepAlive: true, timeout: idleMs, scheduling: "lifo" };

interface PinnedOptions extends https.RequestOptions {
  readonly addresses: string;
}

/** A connection is only used again for requests that may go to the same addresses. */
const pinnedName = (name: string, options: object | undefined): string =>
  `${name}:${(options as PinnedOptions | undefined)?.addresses}`;

function hasRoom({ freeSockets }: http.Agent): boolean {
  return Object.values(freeSockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0) < idleMax;
}

class PinnedHttp extends http.Agent {
  override getName(options?: http.ClientRequestArgs): string {
    return pinnedName(super.getName(options), options);
  }

  override keepSocketAlive(socket: Duplex): boolean {
    return hasRoom(this) && (super.keepSocketAlive(socket) as unknown as boolean);
  }
}

class PinnedHttps extends https.Agent {
  override getName(options?: https.RequestOptions): string {
    return pinnedName(super.getName(options), options);
  }

  override keepSocketAlive(socket: Duplex): boolean {
    return hasRoom(this) && (super.keepSocketAlive(socket) as unknown as boolean);
  }
}

/** Answers with what was resolved and checked before. */
function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  const [first] = all;
  return (_host, { all: wantsAll }, answer) => {
    if (first === undefined) answer(new Error("no address"), []);
    else if (wantsAll === true) answer(null, all);
    else answer(null, first.address, first.family);
  };
}

function unbracketed(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host;
}
