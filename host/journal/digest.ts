import { hash } from "node:crypto";
import type { Digest } from "../core/ids.ts";

/** Of a component's bytes, or of a deployment's JSON in UTF-8. */
export function digestOf(content: Uint8Array | string): Digest {
  return `sha256:${hash("sha256", content, "hex")}` as Digest;
}
