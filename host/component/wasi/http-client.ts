import type { Agent, Dispatcher } from "undici";

/** The longest that opening a connection may take, whatever the guest allows. */
const connectMsMax = 60_000;

/** The connections of one thread. The package is loaded with the first request. */
export class HttpClient {
  #agent: Promise<Agent> | undefined;

  dispatcher(): Promise<Dispatcher> {
    this.#agent ??= newAgent();
    return this.#agent;
  }

  /** Closes all connections, those in use too. */
  async close(): Promise<void> {
    await (await this.#agent)?.destroy();
  }
}

async function newAgent(): Promise<Agent> {
  const { Agent } = await import("undici");
  return new Agent({ allowH2: false, pipelining: 1, connect: { timeout: connectMsMax } });
}
