import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/** Holds a response back where it comes from. One that is paused itself would keep an object for every chunk that has been
 *  read, however small: so it always flows, and its socket is paused. */
export class ResponseFlow {
  /** At its end a response knows its socket no more. */
  readonly #socket: Socket;
  #paused = false;

  constructor(response: IncomingMessage) {
    this.#socket = response.socket;
    response._read = () => {
      if (!this.#paused) this.#socket.resume();
    };
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#socket.resume();
  }
}
