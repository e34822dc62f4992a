/** Collects messages and posts those of one turn of the event loop together. */
export class Outbox<Message> {
  readonly #post: (messages: readonly Message[]) => void;
  #messages: Message[] = [];

  constructor(post: (messages: readonly Message[]) => void) {
    this.#post = post;
  }

  add(message: Message): void {
    this.#messages.push(message);
    if (this.#messages.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const messages = this.#messages;
    this.#messages = [];
    this.#post(messages);
  }
}
