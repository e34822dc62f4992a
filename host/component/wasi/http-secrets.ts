import { randomBytes } from "node:crypto";
import type { RequestTarget } from "../../core/allowed-host.ts";
import type { SecretPlace } from "../../core/deployment.ts";
import type { Secret } from "../../ports/activities.ts";
import { AllowList } from "./http-allow-list.ts";
import type { Permit } from "./http-gate.ts";
import { SecretMask } from "./secret-mask.ts";

const placeholderPrefix = "stele-secret-";
const placeholders = /stele-secret-[0-9a-f]{32}/g;
const placeholderLength = placeholderPrefix.length + 32;

/** The secrets of one attempt. Its guest knows of each no more than a placeholder, drawn for this attempt. */
export class AttemptSecrets {
  readonly #byPlaceholder: ReadonlyMap<string, Secret>;
  /** Of all of them. */
  readonly mask: SecretMask;

  constructor(secrets: readonly Secret[]) {
    this.#byPlaceholder = new Map(
      secrets.map((secret) => [`${placeholderPrefix}${randomBytes(16).toString("hex")}`, secret]),
    );
    this.mask = maskOf(secrets);
  }

  /** Each secret's name with its placeholder, for the guest's environment. */
  get environment(): readonly (readonly [name: string, placeholder: string])[] {
    return [...this.#byPlaceholder].map(([placeholder, { name }]) => [name, placeholder]);
  }

  /** For a request that has been authorised. */
  forRequest(permit: Permit, log: (message: string) => void): RequestSecrets {
    return new RequestSecrets(this.#byPlaceholder, this.#isEmpty ? undefined : this.mask, permit, log);
  }

  /** A result without them, in strings at least: a guest can't have their values, unless a service told it in a way of its
   *  own. */
  hidden<Value>(value: Value): Value {
    if (this.#isEmpty) return value;
    const text = JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? this.mask.text(part) : part));
    return JSON.parse(text) as Value;
  }

  get #isEmpty(): boolean {
    return this.#byPlaceholder.size === 0;
  }
}

const masks = new WeakMap<readonly Secret[], SecretMask>();

/** The same for all attempts in one sandbox, since making one takes milliseconds. What goes wrong in it is not told: it may
 *  quote a value. */
function maskOf(secrets: readonly Secret[]): SecretMask {
  let mask = masks.get(secrets);
  if (mask === undefined) {
    try {
      mask = new SecretMask(secrets.map(({ value }) => value));
    } catch {
      throw new Error("the secrets can't be masked");
    }
    masks.set(secrets, mask);
  }
  return mask;
}

/** A value that can't stand where its placeholder does. */
export class SecretMisplaced extends Error {
  override readonly name = "SecretMisplaced";
}

/** Puts secrets in their placeholders' places in one request, where both sides let them. */
export class RequestSecrets {
  readonly #byPlaceholder: ReadonlyMap<string, Secret>;
  readonly #permit: Permit;
  readonly #log: (message: string) => void;
  /** Hides every secret of the attempt, since one that another request has placed may come back with this one; undefined
   *  when it has none. */
  readonly mask: SecretMask | undefined;
  readonly #logged = new Set<string>();

  constructor(
    byPlaceholder: ReadonlyMap<string, Secret>,
    mask: SecretMask | undefined,
    permit: Permit,
    log: (message: string) => void,
  ) {
    this.#byPlaceholder = byPlaceholder;
    this.mask = mask;
    this.#permit = permit;
    this.#log = log;
  }

  /** A header's value as Latin-1. Throws SecretMisplaced. */
  header(name: string, value: string): string {
    return this.#replaced(value, "headers", (secret) => {
      const bytes = Buffer.from(secret.value).toString("latin1");
      if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(bytes)) {
        throw new SecretMisplaced(
          `the secret ${secret.name} can't stand in the header ${name}: it has control characters`,
        );
      }
      return bytes;
    });
  }

  trailer(value: string): string {
    return this.#kept(value, "trailers have no secrets");
  }

  pathWithQuery({ path, query }: RequestTarget): string {
    const pairs = query.split("&").map((pair) => {
      const equals = pair.indexOf("=") + 1;
      const name = this.#kept(pair.slice(0, equals), "a parameter's name has no secrets");
      return equals === 0
        ? this.#kept(pair, "a parameter's name has no secrets")
        : name + this.#replaced(pair.slice(equals), "params", ({ value }) => encodeURIComponent(value.toWellFormed()));
    });
    return this.#kept(path, "a path has no secrets") + pairs.join("&");
  }

  /** Undefined when there are no secrets at all. */
  body(contentType: string): BodySecrets | undefined {
    if (this.#byPlaceholder.size === 0) return undefined;
    const encode = bodyEncoding(contentType);
    return new BodySecrets((text) =>
      encode === undefined
        ? this.#kept(text, `a body of the type "${contentType}" has no secrets: it is no text in UTF-8`)
        : this.#replaced(text, "body", ({ value }) => Buffer.from(encode(value)).toString("latin1")),
    );
  }

  /** Whether any may go into a body that is still being written. */
  bodyFollows(contentType: string): boolean {
    if (bodyEncoding(contentType) === undefined) return false;
    return [...this.#byPlaceholder.values()].some((secret) => this.#hindrance(secret, "body") === undefined);
  }

  /** Whether the guest's header goes out: what is encoded, or a piece of the whole, could not be searched for the secrets. */
  lets(name: string): boolean {
    if (this.mask === undefined) return true;
    if (name === "range")
      this.#say(
        `the header range was left out of ${this.#request}: an attempt with secrets gets no part of a whole, in which they could not be found`,
      );
    return !["accept-encoding", "range", "if-range"].includes(name);
  }

  #replaced(text: string, place: SecretPlace, encode: (secret: Secret) => string): string {
    return this.#each(text, (placeholder, secret) => {
      const hindrance = this.#hindrance(secret, place);
      if (hindrance !== undefined) return this.#refuse(placeholder, secret, hindrance);
      return encode(secret);
    });
  }

  #kept(text: string, why: string): string {
    return this.#each(text, (placeholder, secret) => this.#refuse(placeholder, secret, why));
  }

  #each(text: string, replace: (placeholder: string, secret: Secret) => string): string {
    return text.replaceAll(placeholders, (placeholder) => {
      const secret = this.#byPlaceholder.get(placeholder);
      return secret === undefined ? placeholder : replace(placeholder, secret);
    });
  }

  #refuse(placeholder: string, { name }: Secret, why: string): string {
    this.#say(`the secret ${name} was left out of ${this.#request}: ${why}`);
    return placeholder;
  }

  get #request(): string {
    const { method, scheme, host, port } = this.#permit.target;
    return `${method} ${scheme}://${host}:${port}`;
  }

  #say(message: string): void {
    if (!this.#logged.has(message)) this.#log(message);
    this.#logged.add(message);
  }

  #hindrance(secret: Secret, place: SecretPlace): string | undefined {
    const { target, deployment } = this.#permit;
    const rules = deployment.filter(({ secrets = [] }) => secrets.includes(secret.name));
    const where = `the allowed_host of the deployment`;
    if (rules.length === 0) return `add "${secret.name}" to the secrets of ${where}`;
    if (!rules.some(({ replaceIn = [] }) => replaceIn.includes(place)))
      return `add "${place}" to the replace_in of ${where}`;
    const operator = AllowList.of(secret.allowedHosts);
    if (operator.matching(target).length === 0)
      return `denied by the operator: ${operator.remedy(target, "[[secret.allowed_host]]")}`;
    if (!secret.replaceIn.includes(place)) return `denied by the operator: add "${place}" to the secret's replace_in`;
    return undefined;
  }
}

/** Replaces placeholders in a body, also where they are cut into pieces. */
export class BodySecrets {
  readonly #replace: (text: string) => string;
  /** What may be the beginning of a placeholder. */
  #held = "";

  constructor(replace: (text: string) => string) {
    this.#replace = replace;
  }

  whole(bytes: Uint8Array): Buffer {
    return Buffer.concat([this.push(bytes), this.end()]);
  }

  push(chunk: Uint8Array): Buffer {
    const text = this.#held + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString("latin1");
    const end = undecided(text);
    this.#held = text.slice(end);
    return Buffer.from(this.#replace(text.slice(0, end)), "latin1");
  }

  end(): Buffer {
    return Buffer.from(this.#replace(this.#held), "latin1");
  }
}

/** Where a placeholder begins that the text may be cutting off. */
function undecided(text: string): number {
  for (let at = Math.max(0, text.length - placeholderLength + 1); at < text.length; at++) {
    at = text.indexOf("s", at);
    if (at === -1) break;
    const rest = text.slice(at);
    if (
      rest.length < placeholderPrefix.length ? placeholderPrefix.startsWith(rest) : rest.startsWith(placeholderPrefix)
    ) {
      return at;
    }
  }
  return text.length;
}

function formEncoded(value: string): string {
  return new URLSearchParams({ "": value }).toString().slice(1);
}

/** How a value is written into a body of this type; undefined when it can't be. */
function bodyEncoding(contentType: string): ((value: string) => string) | undefined {
  const [type = "", ...parameters] = contentType
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters
    .find((parameter) => parameter.startsWith("charset="))
    ?.slice(8)
    .replaceAll('"', "");
  if (charset !== undefined && charset !== "utf-8" && charset !== "utf8") return undefined;
  if (type === "application/x-www-form-urlencoded") return (value) => formEncoded(value.toWellFormed());
  if (/^(?:application|text)\/(?:[^/]+\+)?json$/.test(type)) return (value) => JSON.stringify(value).slice(1, -1);
  return type.startsWith("text/") ? (value) => value : undefined;
}
