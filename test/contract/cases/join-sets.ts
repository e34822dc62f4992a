import { lines, type Section } from "../case.ts";

export const joinSets: Section = {
  "a name in use gives conflict": {
    script: "named 1 a\nnamed 2 a",
    transcript: lines("named: ok", "named: !conflict"),
  },
  "a name stays in use when its set is closed": {
    script: "named 1 a\nclose 1\nnamed 1 a",
    transcript: lines("named: ok", "close: ok", "named: !conflict"),
  },
  "letters, digits, _, - and / may be in a name": {
    script: "named 1 aZ09_-/\nset-id 1",
    transcript: lines("named: ok", "set-id: n:aZ09_-/"),
  },
  "awaiting with nothing outstanding returns all-processed": {
    script: "create 1\nnext 1\ntry 1\nx-next 1 echo",
    transcript: lines("create: ok", "next: !all-processed", "try: !all-processed", "x-next: !all-processed"),
  },
  "a join set may mix functions and delays": {
    script: "create 1\nx-submit 1 echo a\nnext 1\ndelay 1 in:s:1\nnext 1\nx-submit 1 nothing\nx-next 1 nothing\nlast 1",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      'next: ok("a")',
      "delay: D~.g:1_1",
      "next: ok",
      "x-submit: E~.g:1_2",
      "x-next: ok",
      "last: E~.g:1_2",
    ),
  },
  "responses are consumed in the order in which they were recorded": {
    script: "create 1\ndelay 1 in:s:3\ndelay 1 in:s:1\ndelay 1 in:s:2\nnext 1\nlast 1\nnext 1\nlast 1\nnext 1\nlast 1",
    transcript: lines(
      "create: ok",
      "delay: D~.g:1_1",
      "delay: D~.g:1_2",
      "delay: D~.g:1_3",
      "next: ok",
      "last: D~.g:1_2",
      "next: ok",
      "last: D~.g:1_3",
      "next: ok",
      "last: D~.g:1_1",
    ),
  },
  "await-next on a response of another function consumes it and returns function-mismatch": {
    script: "create 1\nx-submit 1 echo x\nx-next 1 nothing\nx-next 1 nothing\nx-get echo $2",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-next: !function-mismatch(contract:guests/work@1.0.0.nothing, contract:guests/work@1.0.0.echo, E~.g:1_1)",
      "x-next: !all-processed",
      "x-get: ok(x)",
    ),
  },
  "a delay gives function-mismatch without an actual function": {
    script: "create 1\ndelay 1 now\nx-next 1 echo",
    transcript: lines(
      "create: ok",
      "delay: D~.g:1_1",
      "x-next: !function-mismatch(contract:guests/work@1.0.0.echo, none, D~.g:1_1)",
    ),
  },
  "get needs a response that was consumed": {
    script: "create 1\nx-submit 1 echo x\nx-get echo $2\nnext 1\nx-get echo $2\nx-get fail $2",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-get: !not-found-in-processed-responses",
      'next: ok("x")',
      "x-get: ok(x)",
      "x-get: !function-mismatch(contract:guests/work@1.0.0.fail, contract:guests/work@1.0.0.echo, E~.g:1_1)",
    ),
  },
  "submit-json fails for a name that is none, an unknown function and params of another type": {
    script:
      'create 1\nsubmit 1 no/where fn []\nsubmit 1 work nothing2 []\nsubmit 1 work echo []\nsubmit 1 work echo ["a",1]\nnext 1',
    transcript: lines(
      "create: ok",
      "submit: !ffqn-parsing-error(…)",
      "submit: !function-not-found",
      "submit: !type-check-error(…)",
      "submit: !type-check-error(…)",
      "next: !all-processed",
    ),
  },
  "a name outside letters, digits, _, -, / gives invalid-name": {
    script: "named 1 a b\nnamed 1 a.b\nnamed 1 a:b\nnamed 1 ž\nnamed 1 a\\b\nnamed 1 \nnamed 1 a\nset-id 1",
    transcript: lines(...Array.from({ length: 6 }, () => "named: !invalid-name(…)"), "named: ok", "set-id: n:a"),
  },
  "a name of more than 256 characters gives invalid-name": {
    script: `named 1 ${"n".repeat(257)}\nnamed 1 ${"n".repeat(256)}`,
    transcript: lines("named: !invalid-name(…)", "named: ok"),
  },
  "a function's name of more than 256 characters is none": {
    script: `create 1\nsubmit 1 a:b/c ${"n".repeat(251)} []\nsubmit 1 a:b/c ${"n".repeat(250)} []`,
    transcript: lines("create: ok", "submit: !ffqn-parsing-error(…)", "submit: !function-not-found"),
  },
  "a sleep's name of more than 256 characters fails its workflow": {
    script: `sleep in:ms:1 ${"n".repeat(256)}\nsleep in:ms:1 ${"n".repeat(257)}`,
    transcript: { failure: "uncategorized" },
  },
  "a name that was refused is not in use": {
    script: "named 1 a b\nnamed 1 a\nnamed 2 A",
    transcript: lines("named: !invalid-name(…)", "named: ok", "named: ok"),
  },
  "each set has its own responses, whichever came first": {
    script: "create 1\ncreate 2\ndelay 1 in:s:9\ndelay 2 in:s:1\nnext 1\nnext 2\nlast 1\nlast 2",
    transcript: lines(
      "create: ok",
      "create: ok",
      "delay: D~.g:1_1",
      "delay: D~.g:2_1",
      "next: ok",
      "next: ok",
      "last: D~.g:1_1",
      "last: D~.g:2_1",
    ),
  },
  "a response waits until it is consumed, and those behind it keep their order": {
    script:
      "create 1\ndelay 1 in:s:2\ndelay 1 in:s:1\nsleep in:min:1\ndelay 1 now\nsleep in:min:1\nnext 1\nlast 1\nnext 1\nlast 1\nnext 1\nlast 1\nnext 1",
    transcript: lines(
      "create: ok",
      "delay: D~.g:1_1",
      "delay: D~.g:1_2",
      "sleep: t",
      "delay: D~.g:1_3",
      "sleep: t",
      "next: ok",
      "last: D~.g:1_2",
      "next: ok",
      "last: D~.g:1_1",
      "next: ok",
      "last: D~.g:1_3",
      "next: !all-processed",
    ),
  },
  "last-id is none before the first await, and stays when an await finds nothing": {
    script: "create 1\nlast 1\ndelay 1 now\nlast 1\nnext 1\nlast 1\nnext 1\ntry 1\nlast 1",
    transcript: lines(
      "create: ok",
      "last: none",
      "delay: D~.g:1_1",
      "last: none",
      "next: ok",
      "last: D~.g:1_1",
      "next: !all-processed",
      "try: !all-processed",
      "last: D~.g:1_1",
    ),
  },
  "a response that was consumed as a mismatch is the last": {
    script: "create 1\nx-submit 1 echo x\nx-next 1 typed\nlast 1\nkind $2\nget $2",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-next: !function-mismatch(contract:guests/work@1.0.0.typed, contract:guests/work@1.0.0.echo, E~.g:1_1)",
      "last: E~.g:1_1",
      "kind: none",
      'get: ok("x")',
    ),
  },
  "functions of the same type are told apart": {
    script: "create 1\nx-submit 1 run return a\nx-next 1 run-cancellable\nx-get run $2",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-next: !function-mismatch(contract:guests/script@1.0.0.run-cancellable, contract:guests/script@1.0.0.run, E~.g:1_1)",
      "x-get: ok(a)",
    ),
  },
  "a platform failure through the extensions is an err of the function's own type": {
    script:
      "create 1\nx-submit 1 bare trap\nx-next 1 bare\nx-get bare $2\nx-submit 1 run trap\nx-next 1 run\nx-get run $5\nx-submit 1 run-typed trap\nx-next 1 run-typed\nx-get run-typed $8",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-next: err",
      "x-get: err",
      "x-submit: E~.g:1_2",
      "x-next: err(execution_failed)",
      "x-get: err(execution_failed)",
      "x-submit: E~.g:1_3",
      "x-next: err(execution-failed)",
      "x-get: err(execution-failed)",
    ),
  },
  "join-next gives a child's result as JSON of its own type, none where there is no payload": {
    script:
      'create 1\nsubmit 1 work typed [4]\nnext 1\nsubmit 1 work nothing []\nnext 1\nsubmit 1 script bare ["err"]\nnext 1\nsubmit 1 script run-typed ["err no"]\nnext 1',
    transcript: lines(
      "create: ok",
      "submit: E~.g:1_1",
      "next: ok(4)",
      "submit: E~.g:1_2",
      "next: ok",
      "submit: E~.g:1_3",
      "next: err",
      "submit: E~.g:1_4",
      'next: err({"refused":"no"})',
    ),
  },
  "a set may be awaited, filled again, and awaited again": {
    script: "create 1\ndelay 1 now\nnext 1\nnext 1\ndelay 1 now\nnext 1\nlast 1",
    transcript: lines(
      "create: ok",
      "delay: D~.g:1_1",
      "next: ok",
      "next: !all-processed",
      "delay: D~.g:1_2",
      "next: ok",
      "last: D~.g:1_2",
    ),
  },
};
