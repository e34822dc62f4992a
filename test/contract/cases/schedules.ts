import { lines, type Section } from "../case.ts";

export const schedules: Section = {
  "a scheduled execution is nobody's child": {
    script: "x-schedule in:d:3 echo later\nreturn gone",
    transcript: "gone",
    others: { "?1": "ok" },
  },
  "the same work under the same id is scheduled once": {
    script: 'generate\nschedule $1 now work echo ["a"]\nschedule $1 in:d:1 work echo ["a"]\nreturn twice',
    transcript: "twice",
    others: { "?1": "ok" },
  },
  "call-json and schedule-json fail as submit-json does": {
    script:
      'generate\ncall no/where fn []\ncall work fn []\ncall work echo [1]\nschedule $1 now no/where fn []\nschedule $1 now work fn []\nschedule $1 now work echo [1]\ncall work echo ["x"]\ncall work fail ["x"]\ncall work nothing []',
    losesAttempts: true,
    transcript: lines(
      "generate: E?",
      "call: !ffqn-parsing-error(…)",
      "call: !function-not-found",
      "call: !type-check-error(…)",
      "schedule: !ffqn-parsing-error(…)",
      "schedule: !function-not-found",
      "schedule: !type-check-error(…)",
      'call: ok("x")',
      'call: err("x")',
      "call: ok",
    ),
  },
  "each id that is generated is a new one": {
    script: 'generate\ngenerate\nschedule $1 now work echo ["a"]\nschedule $2 now work fail ["b"]',
    transcript: lines("generate: E?", "generate: E?", "schedule: ok", "schedule: ok"),
    others: { "?1": "ok", "?2": "err" },
    losesAttempts: true,
  },
  "other work under the same id, and the id of a child, are refused": {
    script:
      'generate\nschedule $1 now work echo ["a"]\nschedule $1 now work echo ["b"]\ncreate 1\nsubmit 1 work echo ["c"]\nnext 1\nschedule $5 now work echo ["c"]\nschedule nonsense now work echo ["c"]',
    transcript: lines(
      "generate: E?",
      "schedule: ok",
      "schedule: !type-check-error(…)",
      "create: ok",
      "submit: E~.g:1_1",
      'next: ok("c")',
      "schedule: !type-check-error(…)",
      "schedule: !type-check-error(…)",
    ),
  },
  "a scheduled workflow has an id and children of its own": {
    script: "x-schedule now run direct echo a;last-call\nlast-call\nlast-oneoff",
    transcript: lines("x-schedule: E?", "last-call: none", "last-oneoff: none"),
    others: { "?1": "ok", "?2": "ok" },
  },
  "what was scheduled has no response for its scheduler": {
    script: 'generate\nschedule $1 now work echo ["a"]\nsleep in:h:1\nget $1\nkind $1',
    transcript: lines(
      "generate: E?",
      "schedule: ok",
      "sleep: t",
      "get: !not-found-in-processed-responses",
      "kind: !not-found-in-processed-responses",
    ),
  },
};
