import { lines, type Section } from "../case.ts";

/** A stub is pending until the script writes its result: no clock has a say in it. */
export const tries: Section = {
  "join-next-try says pending while nothing has come, and finds what has": {
    script: "create 1\nx-submit 1 approve o\ntry 1\nx-stub $2 ok yes\ntry 1\nlast 1\ntry 1",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "try: !pending",
      "x-stub: ok",
      'try: ok("yes")',
      "last: E~.g:1_1",
      "try: !all-processed",
    ),
  },
  "a pending consumes nothing": {
    script: "create 1\nx-submit 1 approve o\ntry 1\nlast 1\ntry 1\nx-get approve $2\nx-stub $2 err no\nnext 1\nlast 1",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "try: !pending",
      "last: none",
      "try: !pending",
      "x-get: !not-found-in-processed-responses",
      "x-stub: ok",
      'next: err("no")',
      "last: E~.g:1_1",
    ),
  },
  "a child's response is found by a try": {
    script: 'create 1\nsubmit 1 work echo ["a"]\nuntil-ready 1\nlast 1\nget $2',
    transcript: lines("create: ok", "submit: E~.g:1_1", 'until-ready: ok("a")', "last: E~.g:1_1", 'get: ok("a")'),
  },
  "so is a delay's": {
    script: "create 1\ndelay 1 in:s:1\nuntil-ready 1\nlast 1",
    transcript: lines("create: ok", "delay: D~.g:1_1", "until-ready: ok", "last: D~.g:1_1"),
  },
  "tries of several sets are answered each for itself": {
    script:
      "create 1\ncreate 2\nx-submit 1 approve a\nx-submit 2 approve b\ntry 1\ntry 2\ntry 2\nx-stub $4 ok b\ntry 1\ntry 2\nx-stub $3 ok a\ntry 1\ntry 2",
    transcript: lines(
      "create: ok",
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-submit: E~.g:2_1",
      "try: !pending",
      "try: !pending",
      "try: !pending",
      "x-stub: ok",
      "try: !pending",
      'try: ok("b")',
      "x-stub: ok",
      'try: ok("a")',
      "try: !all-processed",
    ),
  },
  "tries and awaits may take turns in one set": {
    script:
      "create 1\nx-submit 1 approve a\nx-submit 1 approve b\nx-submit 1 approve c\ntry 1\nx-stub $3 ok b\nnext 1\ntry 1\nx-stub $4 ok c\nx-stub $2 ok a\ntry 1\nx-next 1 approve\nlast 1",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-submit: E~.g:1_2",
      "x-submit: E~.g:1_3",
      "try: !pending",
      "x-stub: ok",
      'next: ok("b")',
      "try: !pending",
      "x-stub: ok",
      "x-stub: ok",
      'try: ok("c")',
      "x-next: ok(a)",
      "last: E~.g:1_1",
    ),
  },
  "a workflow may end while its tries are pending": {
    script: "create 1\nx-submit 1 approve o\nloop 3\ntry 1\nreturn tired",
    transcript: "tired",
    others: { ".g:1_1": "cancelled" },
  },
};
