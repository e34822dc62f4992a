import { lines, type Section } from "../case.ts";

export const endings: Section = {
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
      'create 1\ncreate 2\nx-submit 2 approve ready\nx-submit 1 run-cancellable create 1;x-submit 1 run sleep in:d:1~return deep;x-submit 1 approve o;stub E_01K42AJA8QHD7D3GTJAYMASFY0.g:2_1 {"ok":"yes"};next 1\nnext 2\nclose 1\nreturn closed',
    transcript: "closed",
    others: { ".g:1_1": "cancelled", ".g:1_1.g:1_1": "ok", ".g:1_1.g:1_2": "cancelled", ".g:2_1": "ok" },
  },
  "what a closed set had cancelled can't be asked for": {
    script: "create 1\nx-submit 1 approve o\nclose 1\nget $2",
    transcript: lines("create: ok", "x-submit: E~.g:1_1", "close: ok", "get: !not-found-in-processed-responses"),
    others: { ".g:1_1": "cancelled" },
  },
  "children of a closed set that have finished are not undone": {
    script: "create 1\nx-submit 1 echo a\nnext 1\nx-submit 1 approve o\nclose 1\nget $2\nreturn closed",
    transcript: "closed",
    others: { ".g:1_1": "ok", ".g:1_2": "cancelled" },
  },
  "an empty set is closed and dropped at once": {
    script: "create 1\ncreate 2\nclose 1\ndrop 2",
    transcript: lines("create: ok", "create: ok", "close: ok", "drop: ok"),
  },
  "closing one set leaves the others": {
    script: "create 1\ncreate 2\nx-submit 1 approve o\ndelay 2 in:d:1\nclose 1\nnext 2\nlast 2",
    transcript: lines(
      "create: ok",
      "create: ok",
      "x-submit: E~.g:1_1",
      "delay: D~.g:2_1",
      "close: ok",
      "next: ok",
      "last: D~.g:2_1",
    ),
    others: { ".g:1_1": "cancelled" },
  },
  "a set that is closed waits for the slowest workflow": {
    script:
      "create 1\nx-submit 1 run sleep in:d:1\nx-submit 1 run sleep in:d:3\nx-submit 1 run-typed sleep in:d:2\nclose 1\nreturn closed",
    transcript: "closed",
    others: { ".g:1_1": "ok", ".g:1_2": "ok", ".g:1_3": "ok" },
  },
  "a set that is dropped does not hold up the workflow": {
    script: "create 1\nx-submit 1 run sleep in:d:2\ndrop 1\ndirect echo a\nsleep in:s:1\ncreate 2\nset-id 2",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "drop: ok",
      "direct: ok(a)",
      "sleep: t",
      "create: ok",
      "set-id: g:2",
    ),
    others: { ".g:1_1": "ok", ".o:1-echo_1": "ok" },
  },
  "what a dropped set had in hand is cancelled while the workflow goes on": {
    script: 'create 1\nx-submit 1 approve o\ndrop 1\nsleep in:h:1\nstub $2 {"ok":"late"}',
    transcript: lines("create: ok", "x-submit: E~.g:1_1", "drop: ok", "sleep: t", "stub: !conflict"),
    others: { ".g:1_1": "cancelled" },
  },
  "a workflow awaited at its parent's end may fail: the parent's end stands": {
    script: "create 1\nx-submit 1 run sleep in:d:1;trap\nx-submit 1 bare sleep in:d:1;err\nreturn early",
    transcript: "early",
    others: { ".g:1_1": "uncategorized", ".g:1_2": "err" },
  },
  "a child that ends with children outstanding answers when they are settled": {
    script: "create 1\nx-submit 1 run create 1;x-submit 1 run sleep in:d:1;return early\nx-next 1 run",
    transcript: lines("create: ok", "x-submit: E~.g:1_1", "x-next: ok(early)"),
    others: { ".g:1_1": "ok", ".g:1_1.g:1_1": "ok" },
  },
  "a direct call of a workflow that leaves children behind returns when they are settled": {
    script: "direct run create 1;x-submit 1 run sleep in:d:1;x-submit 1 approve o;trap\nlast-call\nkind $2",
    transcript: lines("direct: err(execution_failed)", "last-call: E~.o:1-run_1", "kind: uncategorized"),
    others: { ".o:1-run_1": "uncategorized", ".o:1-run_1.g:1_1": "ok", ".o:1-run_1.g:1_2": "cancelled" },
  },
  "what was scheduled is not taken along when a set is closed or the workflow fails": {
    script: "create 1\nx-schedule in:d:1 run-cancellable return x\nx-schedule in:d:1 echo a\nclose 1\ntrap",
    transcript: { failure: "uncategorized" },
    others: { "?1": "ok", "?2": "ok" },
  },
};
