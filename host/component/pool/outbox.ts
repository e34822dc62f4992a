/** Collects messages and posts those of one turn of the event loop together, as JSON text: a string crosses
 *  between threads faster than the structured clone of many small objects. */
export class Outbox<Message> {
  readonly #post: (text: string) => void;
  #messages: Message[] = [];

  constructor(post: (text: string) => void) {
    this.#post = post;
  }

  add(message: Message): void {
    this.#messages.push(message);
    if (this.#messages.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const messages = this.#messages;
    this.#messages = [];
    this.#post(JSON.stringify(messages));
  }
}
