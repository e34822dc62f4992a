import { anId } from "../../support/signature.ts";
import { lines, type Section } from "../case.ts";

export const stubs: Section = {
  "a stub's result is written by the workflow; the first value stands, the same again is ok, another is a conflict": {
    script:
      'create 1\nx-submit 1 approve o\nstub $2 {"ok":"yes"}\nstub $2 {"ok":"yes"}\nstub $2 {"err":"no"}\nx-stub $2 ok yes\nx-stub $2 err no\nx-next 1 approve',
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "stub: ok",
      "stub: ok",
      "stub: !conflict",
      "x-stub: ok",
      "x-stub: !conflict",
      "x-next: ok(yes)",
    ),
    others: { ".g:1_1": "ok" },
  },
  "a result of another type is refused": {
    script: 'create 1\nx-submit 1 approve o\nstub $2 {"ok":1}\nstub $2 {"ok":"yes"}\nnext 1',
    transcript: lines("create: ok", "x-submit: E~.g:1_1", "stub: !type-check-error(…)", "stub: ok", 'next: ok("yes")'),
  },
  "only a stub can be written": {
    script: 'create 1\nx-submit 1 echo x\nnext 1\nstub $2 {"ok":"yes"}\nid\nstub $5 {"ok":"yes"}',
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      'next: ok("x")',
      "stub: !execution-not-found",
      "id: E~",
      "stub: !execution-not-found",
    ),
  },
  "a stub's err is its caller's": {
    script: "create 1\nx-submit 1 approve o\nx-stub $2 err no\nx-next 1 approve\nkind $2",
    transcript: lines("create: ok", "x-submit: E~.g:1_1", "x-stub: ok", "x-next: err(no)", "kind: none"),
  },
  "a result is no JSON, an id is no id, an execution is not there": {
    script:
      'create 1\nx-submit 1 approve o\nstub $2 {"ok":\nstub nonsense {"ok":"yes"}\nstub E_01K42AJA8QHD7D3GTJAYMASFY1 {"ok":"yes"}\nstub $2 {"ok":"yes"}',
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "stub: !type-check-error(…)",
      "stub: !execution-id-parsing-error(…)",
      "stub: !execution-not-found",
      "stub: ok",
    ),
    others: { ".g:1_1": "ok" },
  },
  "to who writes or asks by type, an id that is no id is an execution that is not there": {
    script: `x-stub nonsense ok yes\nx-stub foo.bar ok yes\nx-stub ${anId}${".n:a_1".repeat(600)} ok yes\nx-stub ${anId}.n:a_1 ok yes\nx-get approve foo.bar`,
    transcript: lines(
      "x-stub: !execution-not-found",
      "x-stub: !execution-not-found",
      "x-stub: !execution-not-found",
      "x-stub: !execution-not-found",
      "x-get: !not-found-in-processed-responses",
    ),
  },
  "the same value is the same however it is written": {
    script: 'create 1\nx-submit 1 approve o\nstub $2 { "ok" : "y\\u0065s" }\nstub $2 {"ok":"yes"}\nx-stub $2 ok yes',
    transcript: lines("create: ok", "x-submit: E~.g:1_1", "stub: ok", "stub: ok", "x-stub: ok"),
  },
  "a result that was written before it is awaited waits": {
    script:
      "create 1\nx-submit 1 approve a\nx-submit 1 approve b\nx-stub $3 ok b\nx-stub $2 ok a\nx-next 1 approve\nx-next 1 approve\nlast 1",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-submit: E~.g:1_2",
      "x-stub: ok",
      "x-stub: ok",
      "x-next: ok(b)",
      "x-next: ok(a)",
      "last: E~.g:1_1",
    ),
  },
  "a child's stub may be written by its parent, and a parent's by its child": {
    script:
      'create 1\ncreate 2\nx-submit 1 approve a\nid\nsubmit 2 script run ["stub E_01K42AJA8QHD7D3GTJAYMASFY0.g:1_1 {\\"ok\\":\\"by child\\"}"]\nnext 2\nx-next 1 approve',
    transcript: lines(
      "create: ok",
      "create: ok",
      "x-submit: E~.g:1_1",
      "id: E~",
      "submit: E~.g:2_1",
      'next: ok("stub: ok")',
      "x-next: ok(by child)",
    ),
  },
  "a scheduled stub is nobody's child, and written all the same": {
    script:
      'generate\nschedule $1 now approval approve ["o"]\nstub $1 {"err":"no"}\nstub $1 {"err":"no"}\nstub $1 {"ok":"no"}',
    transcript: lines("generate: E?", "schedule: ok", "stub: ok", "stub: ok", "stub: !conflict"),
    others: { "?1": "err" },
  },
};
