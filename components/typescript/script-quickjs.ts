import { scriptsWith } from "./script/scripts.ts";

/** 64-bit integers are plain numbers in QuickJS. */
export const script = scriptsWith(Number);
