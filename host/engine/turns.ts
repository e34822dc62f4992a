/** How long guests may compute in one turn of the event loop, in milliseconds. */
const computingMsMax = 10;

/** Sees to it that guests that compute leave the thread to others in between. */
export class Turns {
  #since: number | undefined;

  /** Undefined when the guest may go on at once; otherwise in a later turn of the event loop. */
  take(): Promise<void> | undefined {
    const now = performance.now();
    if (this.#since === undefined) {
      this.#since = now;
      setImmediate(() => {
        this.#since = undefined;
      });
    }
    if (now - this.#since < computingMsMax) return undefined;
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
