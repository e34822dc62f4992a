import { scriptsWith } from "./script/scripts.ts";

/** 64-bit integers are bigint in StarlingMonkey. */
export const script = scriptsWith(BigInt);
