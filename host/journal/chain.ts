import { hash } from "node:crypto";
import type { Event } from "../core/event.ts";
import type { ExecutionId } from "../core/ids.ts";

/** Hexadecimal digits of SHA-256 that are kept, 16 bytes in the file: enough that no two rows agree by accident.
 *  Here they are text: a Buffer for each row made reading a long history 1.6 times as dear. */
const hashDigits = 32;

/** What comes before version 0. */
export const noHash = "0".repeat(hashDigits);

/** The link of one row: it covers the row before it, and whose history it is. `content` is the body, or the digest of its blob. */
export function link(
  previous: string,
  id: ExecutionId,
  event: Pick<Event, "version" | "at" | "kind">,
  content: string,
): string {
  const text = `${previous} ${id} ${event.version} ${event.at} ${event.kind}\n${content}`;
  return hash("sha256", text, "hex").slice(0, hashDigits);
}

export function blobDigest(body: string): Buffer {
  return hash("sha256", body, "buffer");
}

/** An event's body as it is stored: readable JSON without what has a column of its own. */
export function bodyOf(event: Event): string {
  const { kind: _kind, version: _version, at: _at, ...body } = event;
  return JSON.stringify(body);
}
