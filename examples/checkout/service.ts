/**
 * The outside world of the example: a shop's service that reserves, charges and ships, and counts all of it, so that
 * anybody can see what a crash did to it. It keeps everything in memory; `node service.ts [PORT]` starts it.
 *
 *   POST /orders/NUMBER/EFFECT   does the effect once per Idempotency-Key; answers with its id
 *   PUT  /orders/NUMBER/EFFECT   makes it fail: { "transient": 2, "refuse": "why", "slowMs": 500 }, each may be left out
 *   GET  /orders/NUMBER          how often each effect was asked for and done: { "charge": { "asked": 3, "done": 1 } }
 *   GET  /ledger                 all that was done, in order
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";

/** How often an effect was asked for, whatever the answer, and how often it was done. */
export interface Counts {
  readonly asked: number;
  readonly done: number;
}

/** One thing that was done. */
export interface Entry {
  readonly id: string;
  readonly order: string;
  readonly effect: string;
  readonly key: string;
  readonly body: unknown;
}

export interface Faults {
  /** So many requests are answered with 503, and nothing is done. */
  readonly transient?: number;
  /** All requests are answered with 422 and this text, and nothing is done. */
  readonly refuse?: string;
  /** The effect is done at once; the answer takes this long. */
  readonly slowMs?: number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

class Shop {
  readonly #ledger: Entry[] = [];
  readonly #asked = new Map<string, Map<string, number>>();
  readonly #faults = new Map<string, Faults>();

  answer(method: string, path: string, key: string | undefined, body: unknown): Answer {
    const [place, order = "", effect = ""] = path.split("/").slice(1).map(decodeURIComponent);
    if (method === "GET" && place === "ledger") return { status: 200, body: this.#ledger };
    if (place !== "orders" || order === "") return { status: 404, body: `there is nothing at ${path}` };
    if (method === "GET" && effect === "") return { status: 200, body: this.#counts(order) };
    if (method === "PUT" && effect !== "") {
      this.#faults.set(`${order}/${effect}`, body as Faults);
      return { status: 204, body: "" };
    }
    if (method !== "POST" || effect === "") return { status: 405, body: `${method} is not for ${path}` };
    if (key === undefined) return { status: 400, body: "wants the header Idempotency-Key" };
    return this.#do(order, effect, key, body);
  }

  slowMs(path: string): number {
    return this.#faults.get(decodeURIComponent(path.replace("/orders/", "")))?.slowMs ?? 0;
  }

  #do(order: string, effect: string, key: string, body: unknown): Answer {
    const asked = this.#asked.get(order) ?? new Map<string, number>();
    this.#asked.set(order, asked.set(effect, (asked.get(effect) ?? 0) + 1));

    const known = this.#ledger.find((entry) => entry.key === key);
    if (known !== undefined) return { status: 200, body: known.id };
    const faults = this.#faults.get(`${order}/${effect}`) ?? {};
    if (faults.refuse !== undefined) return { status: 422, body: faults.refuse };
    const { transient = 0 } = faults;
    if (transient > 0) {
      this.#faults.set(`${order}/${effect}`, { ...faults, transient: transient - 1 });
      return { status: 503, body: "come back later" };
    }
    const id = `${effect}-${this.#ledger.length + 1}`;
    this.#ledger.push({ id, order, effect, key, body });
    return { status: 200, body: id };
  }

  #counts(order: string): Record<string, Counts> {
    const done = this.#ledger.filter((entry) => entry.order === order);
    const effects = [...(this.#asked.get(order) ?? [])];
    return Object.fromEntries(
      effects.map(([effect, asked]) => [
        effect,
        { asked, done: done.filter((entry) => entry.effect === effect).length },
      ]),
    );
  }
}

const shop = new Shop();

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "", url = "", headers } = request;
  const key = headers["idempotency-key"];
  const sent = await text(request);
  const { status, body } = shop.answer(method, url, typeof key === "string" ? key : undefined, parse(sent));
  if (method === "POST") await wait(shop.slowMs(url));
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json" });
  response.end(isText ? body : JSON.stringify(body));
}

function parse(sent: string): unknown {
  return sent === "" ? undefined : JSON.parse(sent);
}

const server = createServer((request, response) => {
  respond(request, response).catch((error: unknown) => response.writeHead(400).end(String(error)));
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(`http://127.0.0.1:${port}`);
});
