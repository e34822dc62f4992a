import { expect } from "vitest";
import { lines, type Section } from "../case.ts";

export const executions: Section = {
  "child: parent + . + join set id + _ + index from 1": {
    script: 'named 1 fetch\nsubmit 1 approval approve ["a"]\nsubmit 1 approval approve ["b"]\nclose 1',
    transcript: lines("named: ok", "submit: E~.n:fetch_1", "submit: E~.n:fetch_2", "close: ok"),
  },
  "delay: the same with D_ for E_": {
    script: "named 1 fetch\ndelay 1 now\ndelay 1 now\nclose 1",
    transcript: lines("named: ok", "delay: D~.n:fetch_1", "delay: D~.n:fetch_2", "close: ok"),
  },
  "o:N one-off, with the function's name for a direct call": {
    script: "direct echo a\nlast-call\ndirect nothing\nlast-call",
    transcript: lines("direct: ok(a)", "last-call: E~.o:1-echo_1", "direct: ok", "last-call: E~.o:2-nothing_1"),
  },
  "a sleep is a one-off delay, with a name where the caller gives one": {
    script: "sleep in:ms:1\nlast-oneoff\nsleep in:ms:1 nap\nlast-oneoff",
    transcript: lines("sleep: t", "last-oneoff: D~.o:1_1", "sleep: t", "last-oneoff: D~.o:2-nap_1"),
  },
  "N counts from 1 within the execution, over one-off and generated sets each": {
    script: "create 1\nset-id 1\ndirect echo a\ncreate 2\nset-id 2\ndirect echo b\nlast-call",
    transcript: lines(
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
    transcript: lines("direct: ok(direct: ok(x)", "last-call: E~.o:1-echo_1)"),
    others: { ".o:1-run_1": "ok", ".o:1-run_1.o:1-echo_1": "ok" },
  },
  "a platform failure is err for a bare error": {
    script: "direct bare trap\nlast-call\nkind $2",
    transcript: lines("direct: err", "last-call: E~.o:1-bare_1", "kind: uncategorized"),
  },
  "a platform failure is execution_failed for a string": {
    script: "direct crash\nlast-call\nkind $2\nget $2",
    losesAttempts: true,
    transcript: lines(
      "direct: err(execution_failed)",
      "last-call: E~.o:1-crash_1",
      "kind: uncategorized",
      'get: err("execution_failed")',
    ),
  },
  "a platform failure is the case execution-failed for a variant": {
    script: "direct run-typed trap\nlast-call\nget $2",
    transcript: lines("direct: err(execution-failed)", "last-call: E~.o:1-run-typed_1", 'get: err("execution_failed")'),
  },
  "a deadline is the failure kind timed-out": {
    losesAttempts: true,
    script: "direct spin\nlast-call\nkind $2",
    transcript: lines("direct: err(execution_failed)", "last-call: E~.o:1-spin_1", "kind: timed-out"),
  },
  "an err of the function's own is no failure": {
    losesAttempts: true,
    script: "direct fail no\nlast-call\nkind $2",
    transcript: lines("direct: err(no)", "last-call: E~.o:1-fail_1", "kind: none"),
  },
  "last-direct-call-id is never a delay's; last-oneoff-id is, sleeps included": {
    script: "last-call\nlast-oneoff\nsleep now\nlast-call\nlast-oneoff\ndirect echo a\nsleep now\nlast-call",
    transcript: lines(
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
  "a named set's id holds its whole name, which may hold what ids are made with": {
    script: 'named 1 a/b_1-c\nsubmit 1 work echo ["a"]\nnext 1\nget $2\ndelay 1 now\nnext 1\nlast 1',
    transcript: lines(
      "named: ok",
      "submit: E~.n:a/b_1-c_1",
      'next: ok("a")',
      'get: ok("a")',
      "delay: D~.n:a/b_1-c_1",
      "next: ok",
      "last: D~.n:a/b_1-c_1",
    ),
  },
  "a call in JSON is a direct call: its one-off set has the function's name": {
    script: 'call work echo ["a"]\nlast-call\ncall script run-typed ["id"]\nlast-call\nlast-oneoff',
    transcript: lines(
      'call: ok("a")',
      "last-call: E~.o:1-echo_1",
      "call: ok(1)",
      "last-call: E~.o:2-run-typed_1",
      "last-oneoff: E~.o:2-run-typed_1",
    ),
  },
  "one name may be that of several sleeps": {
    script: "sleep now nap\nsleep in:ms:1 nap\nlast-oneoff",
    transcript: lines("sleep: t", "sleep: t", "last-oneoff: D~.o:2-nap_1"),
  },
  "a refused call takes no index, and no number of a set of its own": {
    script: 'create 1\nsubmit 1 work echo [1]\nsubmit 1 work echo ["a"]\nnext 1\nclose 1',
    transcript: lines("create: ok", "submit: !type-check-error(…)", "submit: E~.g:1_1", 'next: ok("a")', "close: ok"),
  },
  "get-execution-failure-kind is none for what has not failed, and asks for a child that was consumed": {
    script:
      'create 1\nsubmit 1 work echo ["a"]\nkind $2\nnext 1\nkind $2\nsubmit 1 script bare ["trap"]\nkind $6\nnext 1\nkind $6',
    transcript: lines(
      "create: ok",
      "submit: E~.g:1_1",
      "kind: !not-found-in-processed-responses",
      'next: ok("a")',
      "kind: none",
      "submit: E~.g:1_2",
      "kind: !not-found-in-processed-responses",
      "next: err",
      "kind: uncategorized",
    ),
  },
  "what is no execution's id is told apart, a delay's too": {
    script: "create 1\ndelay 1 now\nnext 1\nget nonsense\nkind nonsense\nget $2\nkind $2",
    transcript: lines(
      "create: ok",
      "delay: D~.g:1_1",
      "next: ok",
      "get: !execution-id-parsing-error(…)",
      "kind: !execution-id-parsing-error(…)",
      "get: !execution-id-parsing-error(…)",
      "kind: !execution-id-parsing-error(…)",
    ),
  },
  "what is drawn lies in its range, whose ends are as the functions say": {
    script:
      "u64 5 6\nu64i 5 5\nu64 0 18446744073709551615\nu64i 0 18446744073709551615\nstring 0 1\nstring 3 4\nloop 50\nu64 5 7\nloop 50\nstring 1 9",
    transcript: lines(
      ...Array.from({ length: 4 }, (_, n) => (n % 2 === 0 ? "u64: drawn" : "u64i: drawn")),
      "string: drawn",
      "string: drawn",
      "u64: drawn x50",
      "string: drawn x50",
    ),
  },
  "a range that holds nothing is a trap": {
    script: "u64 5 5",
    transcript: { failure: "uncategorized", reason: expect.stringContaining("the range is empty") as string },
  },
};
