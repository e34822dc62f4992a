import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The service that `http-activities` speaks to: effects are counted here, outside the system under test. */
export class CountingService {
  readonly #server: Server;
  /** When each effect came, by its key: milliseconds since the Unix epoch. */
  readonly #effects = new Map<string, number[]>();
  readonly #answerAfterMs: number;

  private constructor(server: Server, answerAfterMs: number) {
    this.#server = server;
    this.#answerAfterMs = answerAfterMs;
  }

  /** It counts at once, and answers so many milliseconds later. */
  static async start(answerAfterMs = 0): Promise<CountingService> {
    const server = createServer();
    const service = new CountingService(server, answerAfterMs);
    server.on("request", (request, response) => service.#answer(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return service;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  count(key: string): number {
    return this.effectsAt(key).length;
  }

  effectsAt(key: string): readonly number[] {
    return this.#effects.get(key) ?? [];
  }

  /** Forgets what it has counted. */
  reset(): void {
    this.#effects.clear();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [, verb, key = ""] = (request.url ?? "").split("/");
    request.resume();
    // Whoever waits here waits for ever.
    if (verb === "wait") return;
    if (request.method !== "POST" || verb !== "count") {
      response.writeHead(404).end("not here");
      return;
    }
    const effects = [...this.effectsAt(key), Date.now()];
    this.#effects.set(key, effects);
    const answer = () => response.end(String(effects.length));
    if (this.#answerAfterMs === 0) answer();
    else setTimeout(answer, this.#answerAfterMs);
  }
}
