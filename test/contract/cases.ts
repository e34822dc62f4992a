/** What CONTRACT.md says of join sets, children and time, as scripts and what must come of them: each case is named after
 *  its sentence. */
export interface Case {
  /** Operations of the script guest, see components/README.md. */
  readonly script: string;
  /** The transcript, or the outcome of a script that has none. */
  readonly transcript: string | { readonly [key: string]: unknown };
  /** How executions beside the workflow's own ended, by the rest of their id; all of them. */
  readonly others?: Readonly<Record<string, string>>;
}

const ok = (...lines: string[]): string => lines.join("\n");

export const executions: Readonly<Record<string, Case>> = {
  "child: parent + . + join set id + _ + index from 1": {
    script: 'named 1 fetch\nsubmit 1 work echo ["a"]\nsubmit 1 work echo ["b"]\nclose 1',
    transcript: ok("named: ok", "submit: E~.n:fetch_1", "submit: E~.n:fetch_2", "close: ok"),
  },
  "delay: the same with D_ for E_": {
    script: "named 1 fetch\ndelay 1 now\ndelay 1 now\nclose 1",
    transcript: ok("named: ok", "delay: D~.n:fetch_1", "delay: D~.n:fetch_2", "close: ok"),
  },
  "o:N one-off, with the function's name for a direct call": {
    script: "direct echo a\nlast-call\ndirect nothing\nlast-call",
    transcript: ok("direct: ok(a)", "last-call: E~.o:1-echo_1", "direct: ok", "last-call: E~.o:2-nothing_1"),
  },
  "a sleep is a one-off delay, with a name where the caller gives one": {
    script: "sleep in:ms:1\nlast-oneoff\nsleep in:ms:1 nap\nlast-oneoff",
    transcript: ok("sleep: t", "last-oneoff: D~.o:1_1", "sleep: t", "last-oneoff: D~.o:2-nap_1"),
  },
  "N counts from 1 within the execution, over one-off and generated sets each": {
    script: "create 1\nset-id 1\ndirect echo a\ncreate 2\nset-id 2\ndirect echo b\nlast-call",
    transcript: ok(
      "create: ok",
      "set-id: g:1",
      "direct: ok(a)",
      "create: ok",
      "set-id: g:2",
      "direct: ok(b)",
      "last-call: E~.o:2-echo_1",
    ),
  },
  "a child's child has its parent's id before its own": {
    script: "direct run direct echo x;last-call",
    transcript: ok("direct: ok(direct: ok(x)", "last-call: E~.o:1-echo_1)"),
    others: { ".o:1-run_1": "ok", ".o:1-run_1.o:1-echo_1": "ok" },
  },
  "a platform failure is err for a bare error": {
    script: "direct bare trap\nlast-call\nkind $2",
    transcript: ok("direct: err", "last-call: E~.o:1-bare_1", "kind: uncategorized"),
  },
  "a platform failure is execution_failed for a string": {
    script: "direct crash\nlast-call\nkind $2\nget $2",
    transcript: ok(
      "direct: err(execution_failed)",
      "last-call: E~.o:1-crash_1",
      "kind: uncategorized",
      'get: err("execution_failed")',
    ),
  },
  "a platform failure is the case execution-failed for a variant": {
    script: "direct run-typed trap\nlast-call\nget $2",
    transcript: ok("direct: err(execution-failed)", "last-call: E~.o:1-run-typed_1", 'get: err("execution_failed")'),
  },
  "a deadline is the failure kind timed-out": {
    script: "direct spin\nlast-call\nkind $2",
    transcript: ok("direct: err(execution_failed)", "last-call: E~.o:1-spin_1", "kind: timed-out"),
  },
  "an err of the function's own is no failure": {
    script: "direct fail no\nlast-call\nkind $2",
    transcript: ok("direct: err(no)", "last-call: E~.o:1-fail_1", "kind: none"),
  },
  "last-direct-call-id is never a delay's; last-oneoff-id is, sleeps included": {
    script: "last-call\nlast-oneoff\nsleep now\nlast-call\nlast-oneoff\ndirect echo a\nsleep now\nlast-call",
    transcript: ok(
      "last-call: none",
      "last-oneoff: none",
      "sleep: t",
      "last-call: none",
      "last-oneoff: D~.o:1_1",
      "direct: ok(a)",
      "sleep: t",
      "last-call: E~.o:2-echo_1",
    ),
  },
};

export const joinSets: Readonly<Record<string, Case>> = {
  "a name in use gives conflict": {
    script: "named 1 a\nnamed 2 a",
    transcript: ok("named: ok", "named: !conflict"),
  },
  "a name stays in use when its set is closed": {
    script: "named 1 a\nclose 1\nnamed 1 a",
    transcript: ok("named: ok", "close: ok", "named: !conflict"),
  },
  "letters, digits, _, - and / may be in a name": {
    script: "named 1 aZ09_-/\nset-id 1",
    transcript: ok("named: ok", "set-id: n:aZ09_-/"),
  },
  "awaiting with nothing outstanding returns all-processed": {
    script: "create 1\nnext 1\ntry 1\nx-next 1 echo",
    transcript: ok("create: ok", "next: !all-processed", "try: !all-processed", "x-next: !all-processed"),
  },
  "a join set may mix functions and delays": {
    script: "create 1\nx-submit 1 echo a\nnext 1\ndelay 1 in:s:1\nnext 1\nx-submit 1 nothing\nx-next 1 nothing\nlast 1",
    transcript: ok(
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
    transcript: ok(
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
    transcript: ok(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-next: !function-mismatch(contract:guests/work@1.0.0.nothing, contract:guests/work@1.0.0.echo, E~.g:1_1)",
      "x-next: !all-processed",
      "x-get: ok(x)",
    ),
  },
  "a delay gives function-mismatch without an actual function": {
    script: "create 1\ndelay 1 now\nx-next 1 echo",
    transcript: ok(
      "create: ok",
      "delay: D~.g:1_1",
      "x-next: !function-mismatch(contract:guests/work@1.0.0.echo, none, D~.g:1_1)",
    ),
  },
  "get needs a response that was consumed": {
    script: "create 1\nx-submit 1 echo x\nx-get echo $2\nnext 1\nx-get echo $2\nx-get fail $2",
    transcript: ok(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-get: !not-found-in-processed-responses",
      'next: ok("x")',
      "x-get: ok(x)",
      "x-get: !function-mismatch(contract:guests/work@1.0.0.fail, contract:guests/work@1.0.0.echo, E~.g:1_1)",
    ),
  },
  "join-next-try says pending and does not wait": {
    script: "create 1\ndelay 1 in:d:10\ntry 1",
    transcript: ok("create: ok", "delay: D~.g:1_1", "try: !pending"),
  },
  "submit-json fails for a name that is none, an unknown function and params of another type": {
    script:
      'create 1\nsubmit 1 no/where fn []\nsubmit 1 work nothing2 []\nsubmit 1 work echo []\nsubmit 1 work echo ["a",1]\nnext 1',
    transcript: ok(
      "create: ok",
      "submit: !ffqn-parsing-error(NAME)",
      "submit: !function-not-found",
      "submit: !type-check-error(params: found 0, wanted 1: (text: string))",
      "submit: !type-check-error(params: found 2, wanted 1: (text: string))",
      "next: !all-processed",
    ),
  },
};

export const endings: Readonly<Record<string, Case>> = {
  "a set that is closed cancels delays, activities and -cancellable workflows": {
    script:
      "create 1\ndelay 1 in:d:1\nx-submit 1 approve o\nx-submit 1 run-cancellable sleep in:d:9\nclose 1\nreturn closed",
    transcript: "closed",
    others: { ".g:1_1": "cancelled", ".g:1_2": "cancelled" },
  },
  "a set that is closed awaits other workflows": {
    script: "create 1\nx-submit 1 run sleep in:d:1;return late\nclose 1\nreturn closed",
    transcript: "closed",
    others: { ".g:1_1": "ok" },
  },
  "a set that is dropped is settled before the parent finishes": {
    script: "create 1\nx-submit 1 run sleep in:d:1;return late\nx-submit 1 approve o\ndrop 1\nreturn dropped",
    transcript: "dropped",
    others: { ".g:1_1": "ok", ".g:1_2": "cancelled" },
  },
  "a workflow that returns settles what is outstanding first": {
    script: "create 1\nx-submit 1 run sleep in:d:1;return late\nx-submit 1 approve o\ndelay 1 in:d:9\nreturn early",
    transcript: "early",
    others: { ".g:1_1": "ok", ".g:1_2": "cancelled" },
  },
  "so does one that returns an err": {
    script: "create 1\nx-submit 1 run-cancellable sleep in:d:9\nerr no",
    transcript: { err: "no" },
    others: { ".g:1_1": "cancelled" },
  },
  "so does one that traps": {
    script: "create 1\nx-submit 1 run sleep in:d:1\nx-submit 1 approve o\ntrap",
    transcript: { failure: "uncategorized" },
    others: { ".g:1_1": "ok", ".g:1_2": "cancelled" },
  },
  "a cancelled child takes its own children along, the structured way": {
    script:
      "create 1\nx-submit 1 run-cancellable create 1;x-submit 1 run sleep in:d:1~return deep;x-submit 1 approve o;next 1\nsleep in:s:1\nclose 1\nreturn closed",
    transcript: "closed",
    others: { ".g:1_1": "cancelled", ".g:1_1.g:1_1": "ok", ".g:1_1.g:1_2": "cancelled" },
  },
  "what a closed set had cancelled can't be asked for": {
    script: "create 1\nx-submit 1 approve o\nclose 1\nget $2",
    transcript: ok("create: ok", "x-submit: E~.g:1_1", "close: ok", "get: !not-found-in-processed-responses"),
    others: { ".g:1_1": "cancelled" },
  },
};

export const stubs: Readonly<Record<string, Case>> = {
  "a stub's result is written by the workflow; the first value stands, the same again is ok, another is a conflict": {
    script:
      'create 1\nx-submit 1 approve o\nstub $2 {"ok":"yes"}\nstub $2 {"ok":"yes"}\nstub $2 {"err":"no"}\nx-stub $2 ok yes\nx-stub $2 err no\nx-next 1 approve',
    transcript: ok(
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
    transcript: ok(
      "create: ok",
      "x-submit: E~.g:1_1",
      "stub: !type-check-error(result.ok: found 1, wanted string)",
      "stub: ok",
      'next: ok("yes")',
    ),
  },
  "only a stub can be written": {
    script: 'create 1\nx-submit 1 echo x\nnext 1\nstub $2 {"ok":"yes"}\nid\nstub $5 {"ok":"yes"}',
    transcript: ok(
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
    transcript: ok("create: ok", "x-submit: E~.g:1_1", "x-stub: ok", "x-next: err(no)", "kind: none"),
  },
};

export const schedules: Readonly<Record<string, Case>> = {
  "a scheduled execution is nobody's child": {
    script: "x-schedule in:d:3 echo later\nreturn gone",
    transcript: "gone",
    others: { "?": "ok" },
  },
  "the same work under the same id is scheduled once": {
    script: 'generate\nschedule $1 now work echo ["a"]\nschedule $1 in:d:1 work echo ["a"]\nreturn twice',
    transcript: "twice",
    others: { "?": "ok" },
  },
  "call-json and schedule-json fail as submit-json does": {
    script:
      'generate\ncall no/where fn []\ncall work fn []\ncall work echo [1]\nschedule $1 now no/where fn []\nschedule $1 now work fn []\nschedule $1 now work echo [1]\ncall work echo ["x"]\ncall work fail ["x"]\ncall work nothing []',
    transcript: ok(
      "generate: E?",
      "call: !ffqn-parsing-error(NAME)",
      "call: !function-not-found",
      "call: !type-check-error(params[0]: found 1, wanted string)",
      "schedule: !ffqn-parsing-error(NAME)",
      "schedule: !function-not-found",
      "schedule: !type-check-error(params[0]: found 1, wanted string)",
      'call: ok("x")',
      'call: err("x")',
      "call: ok",
    ),
  },
};
