import { hash } from "node:crypto";
import type { Event } from "../core/event.ts";
import type { ExecutionId } from "../core/ids.ts";

/** Bytes of SHA-256 that are kept: enough that no two rows agree by accident. */
const hashBytes = 16;

/** What comes before version 0. */
export const noHash = Buffer.alloc(hashBytes);

/** The link of one row: it covers the row before it, and whose history it is. `content` is the body, or the digest of its blob. */
export function link(
  previous: Buffer,
  id: ExecutionId,
  event: Pick<Event, "version" | "at" | "kind">,
  content: string,
): Buffer {
  const text = `${previous.toString("base64")} ${id} ${event.version} ${event.at} ${event.kind}\n${content}`;
  return hash("sha256", text, "buffer").subarray(0, hashBytes);
}

export function blobDigest(body: string): Buffer {
  return hash("sha256", body, "buffer");
}

/** An event's body as it is stored: readable JSON without what has a column of its own. */
export function bodyOf(event: Event): string {
  const { kind: _kind, version: _version, at: _at, ...body } = event;
  return JSON.stringify(body);
}
