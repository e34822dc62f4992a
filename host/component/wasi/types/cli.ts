import {
  func,
  list,
  option,
  own,
  result,
  string,
  tuple,
  u8,
  type WrittenInterfaces,
} from "../../../core/wit/written-types.ts";

/** The functions of `wasi:cli`. */
export const cliTypes = {
  "wasi:cli/environment": {
    "get-environment": func({}, list(tuple(string, string))),
    "get-arguments": func({}, list(string)),
    "initial-cwd": func({}, option(string)),
  },
  "wasi:cli/exit": {
    exit: func({ status: result() }),
    "exit-with-code": func({ "status-code": u8 }),
  },
  "wasi:cli/stdin": {
    "get-stdin": func({}, own("input-stream")),
  },
  "wasi:cli/stdout": {
    "get-stdout": func({}, own("output-stream")),
  },
  "wasi:cli/stderr": {
    "get-stderr": func({}, own("output-stream")),
  },
  "wasi:cli/terminal-stdin": {
    "get-terminal-stdin": func({}, option(own("terminal-input"))),
  },
  "wasi:cli/terminal-stdout": {
    "get-terminal-stdout": func({}, option(own("terminal-output"))),
  },
  "wasi:cli/terminal-stderr": {
    "get-terminal-stderr": func({}, option(own("terminal-output"))),
  },
  "wasi:cli/terminal-input": {},
  "wasi:cli/terminal-output": {},
} satisfies WrittenInterfaces;
