import {
  bool,
  borrow,
  func,
  list,
  methods,
  own,
  result,
  string,
  u8,
  u32,
  u64,
  variant,
  type WrittenInterfaces,
} from "../../../core/wit/written-types.ts";

const streamError = variant("stream-error", { "last-operation-failed": own("error"), closed: undefined });

/** The functions of `wasi:io`. */
export const ioTypes = {
  "wasi:io/error": {
    ...methods("error", {
      "to-debug-string": func({}, string),
    }),
  },
  "wasi:io/poll": {
    ...methods("pollable", {
      ready: func({}, bool),
      block: func({}),
    }),
    poll: func({ in: list(borrow("pollable")) }, list(u32)),
  },
  "wasi:io/streams": {
    ...methods("input-stream", {
      read: func({ len: u64 }, result(list(u8), streamError)),
      "blocking-read": func({ len: u64 }, result(list(u8), streamError)),
      skip: func({ len: u64 }, result(u64, streamError)),
      "blocking-skip": func({ len: u64 }, result(u64, streamError)),
      subscribe: func({}, own("pollable")),
    }),
    ...methods("output-stream", {
      "check-write": func({}, result(u64, streamError)),
      write: func({ contents: list(u8) }, result(undefined, streamError)),
      "blocking-write-and-flush": func({ contents: list(u8) }, result(undefined, streamError)),
      flush: func({}, result(undefined, streamError)),
      "blocking-flush": func({}, result(undefined, streamError)),
      subscribe: func({}, own("pollable")),
      "write-zeroes": func({ len: u64 }, result(undefined, streamError)),
      "blocking-write-zeroes-and-flush": func({ len: u64 }, result(undefined, streamError)),
      splice: func({ src: borrow("input-stream"), len: u64 }, result(u64, streamError)),
      "blocking-splice": func({ src: borrow("input-stream"), len: u64 }, result(u64, streamError)),
    }),
  },
} satisfies WrittenInterfaces;
