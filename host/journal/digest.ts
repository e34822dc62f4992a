import { hash } from "node:crypto";
import type { Digest } from "../core/ids.ts";

export function digestOfBytes(bytes: Uint8Array): Digest {
  return `sha256:${hash("sha256", bytes, "hex")}` as Digest;
}
