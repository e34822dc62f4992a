import { GuestTrap, type HostInterface } from "../../ports/components.ts";

/** Where a guest's random numbers come from. */
export interface RandomSource {
  bytes(length: number): Uint8Array;
  u64(): bigint;
}

const bytesMax = 1024 * 1024;

export function randomInterfaces(source: RandomSource) {
  const bytes = (length: bigint) => {
    if (length > BigInt(bytesMax)) throw new GuestTrap(`${length} random bytes at once; at most ${bytesMax} are given`);
    return source.bytes(Number(length));
  };
  return {
    "wasi:random/random": { getRandomBytes: bytes, getRandomU64: () => source.u64() },
    "wasi:random/insecure": { getInsecureRandomBytes: bytes, getInsecureRandomU64: () => source.u64() },
    "wasi:random/insecure-seed": { insecureSeed: () => [source.u64(), source.u64()] },
  } satisfies Readonly<Record<string, HostInterface>>;
}
