import { func, list, tuple, u8, u64, type WrittenInterfaces } from "../../../core/wit/written-types.ts";

/** The functions of `wasi:random`. */
export const randomTypes = {
  "wasi:random/insecure-seed": {
    "insecure-seed": func({}, tuple(u64, u64)),
  },
  "wasi:random/insecure": {
    "get-insecure-random-bytes": func({ len: u64 }, list(u8)),
    "get-insecure-random-u64": func({}, u64),
  },
  "wasi:random/random": {
    "get-random-bytes": func({ len: u64 }, list(u8)),
    "get-random-u64": func({}, u64),
  },
} satisfies WrittenInterfaces;
