import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

/** A real HTTP service on a free port that counts what reaches it. */
export class WebService {
  readonly #server: Server;
  readonly #waits: { readonly holds: () => boolean; readonly done: () => void }[] = [];
  /** Responses that `/hold` keeps back until `release`. */
  readonly #held: ServerResponse[] = [];
  /** Requests whose client went away before the response was complete, by path. */
  readonly broken: string[] = [];
  readonly seen: IncomingMessage[] = [];
  open = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** With a certificate, it speaks TLS. */
  static async start(
    host = "127.0.0.1",
    certificate?: { readonly key: string; readonly cert: string },
  ): Promise<WebService> {
    const server = certificate === undefined ? createServer() : createTlsServer(certificate);
    const service = new WebService(server);
    server.on("request", (request, response) => service.#answer(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, host, resolve);
    });
    return service;
  }

  /** `host:port` */
  get authority(): string {
    const { address } = this.#server.address() as AddressInfo;
    return `${address.includes(":") ? `[${address}]` : address}:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://${this.authority}`;
  }

  /** Resolves as soon as the condition holds; it is looked at after each change. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waits.push({ holds, done: resolve });
      this.#changed();
    });
  }

  /** Answers everything that is held, with the number of requests that were held together. */
  release(): void {
    const held = this.#held.splice(0);
    for (const response of held) response.end(`${held.length}`);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "";
    this.open++;
    this.seen.push(request);
    request.on("error", () => undefined);
    response.on("close", () => {
      this.open--;
      if (!response.writableFinished) this.broken.push(path);
      this.#changed();
    });
    const answer = answers[path.split("?")[0] ?? ""];
    if (path === "/hold") this.#held.push(response);
    else if (answer === undefined) response.writeHead(404).end("not here");
    else answer(request, response);
    this.#changed();
  }

  #changed(): void {
    for (const wait of this.#waits.filter(({ holds }) => holds())) {
      this.#waits.splice(this.#waits.indexOf(wait), 1);
      wait.done();
    }
  }
}

const answers: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  "/": (request, response) => response.end(request.method),
  "/echo": (request, response) => {
    response.writeHead(200, { "x-length": request.headers["content-length"] ?? "chunked" });
    request.pipe(response);
  },
  "/later": (request, response) => {
    const ms = Number(new URL(request.url ?? "", "http://service").searchParams.get("ms"));
    setTimeout(() => response.end("late"), ms);
  },
  "/redirect": (request, response) => {
    const to = new URL(request.url ?? "", "http://service").searchParams.get("to") ?? "/";
    response.writeHead(302, { location: to }).end("elsewhere");
  },
  /** What the service got, in its body and in a header. */
  "/tell": (request, response) => {
    whole(request, (body) => {
      const { url, rawHeaders, rawTrailers } = request;
      const text = body.toString("latin1");
      response.end(JSON.stringify({ url, headers: rawHeaders, trailers: rawTrailers, body: text }));
    });
  },
  /** The body, some bytes at a time, and in the trailers once more. */
  "/mirror": (request, response) => {
    response.writeHead(200, { "x-seen": request.headers.authorization ?? "", trailer: "x-body" });
    whole(request, (body) => {
      const writeFrom = (at: number) => {
        if (at < body.length) return response.write(body.subarray(at, at + 3), () => setImmediate(writeFrom, at + 3));
        response.addTrailers({ "x-body": body.toString("latin1") });
        return response.end();
      };
      writeFrom(0);
    });
  },
  "/gzip": (_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("text")),
  "/part": (_request, response) => response.writeHead(206, { "content-range": "bytes 0-3/8" }).end("half"),
  "/upgrade": (_request, response) => {
    response.socket?.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n");
  },
  "/many-headers": (request, response) => {
    const size = Number(new URL(request.url ?? "", "http://service").searchParams.get("size"));
    response.writeHead(200, { "x-large": "x".repeat(size) }).end();
  },
  "/bytes": (request, response) => {
    const size = Number(new URL(request.url ?? "", "http://service").searchParams.get("size"));
    response.end("x".repeat(size));
  },
  "/trailers": (_request, response) => {
    response.writeHead(200, { trailer: "X-Sum" });
    response.write("abc");
    response.addTrailers({ "X-Sum": "3" });
    response.end();
  },
  "/cut": (_request, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("abc", () => response.destroy());
  },
  "/stall": (_request, response) => {
    response.writeHead(200);
    response.write("abc");
  },
  "/silent": () => undefined,
  "/big": (_request, response) => {
    const chunk = Buffer.alloc(64 * 1024, 1);
    let left = 320;
    const write = () => {
      while (left-- > 0) if (!response.write(chunk)) return response.once("drain", write);
      return response.end();
    };
    write();
  },
};

const bodies = new WeakMap<IncomingMessage, string>();

function whole(request: IncomingMessage, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    bodies.set(request, body.toString("latin1"));
    then(body);
  });
}

/** What `/tell` or `/mirror` has read, as Latin-1. */
export function bodyOf(request: IncomingMessage | undefined): string | undefined {
  return request && bodies.get(request);
}
