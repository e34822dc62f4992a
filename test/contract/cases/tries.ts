import { lines, type Section } from "../case.ts";

export const tries: Section = {
  "join-next-try says pending while nothing has come, and what was pending is tried again": {
    script: "create 1\ndelay 1 in:ms:50\ntry 1\nsleep in:s:1\ntry 1\nlast 1\ntry 1",
    transcript: lines(
      "create: ok",
      "delay: D~.g:1_1",
      "try: !pending",
      "sleep: t",
      "try: ok",
      "last: D~.g:1_1",
      "try: !all-processed",
    ),
  },
  "a pending consumes nothing": {
    script: "create 1\ndelay 1 in:d:1\ntry 1\nlast 1\ntry 1\nnext 1\nlast 1",
    transcript: lines(
      "create: ok",
      "delay: D~.g:1_1",
      "try: !pending",
      "last: none",
      "try: !pending",
      "next: ok",
      "last: D~.g:1_1",
    ),
  },
  "a child's response is found by a try": {
    script: 'create 1\nsubmit 1 work fail ["no"]\nuntil-ready 1\nlast 1\nkind $2',
    transcript: lines("create: ok", "submit: E~.g:1_1", 'until-ready: err("no")', "last: E~.g:1_1", "kind: none"),
    losesAttempts: true,
  },
  "tries of several sets are answered each for itself": {
    script:
      "create 1\ncreate 2\ndelay 1 in:s:1\ndelay 2 in:s:1\ntry 1\ntry 2\ntry 2\ntry 1\nuntil-ready 2\nuntil-ready 1",
    transcript: lines(
      "create: ok",
      "create: ok",
      "delay: D~.g:1_1",
      "delay: D~.g:2_1",
      "try: !pending",
      "try: !pending",
      "try: !pending",
      "try: !pending",
      "until-ready: ok",
      "until-ready: ok",
    ),
  },
  "tries and awaits may take turns in one set": {
    script:
      "create 1\ndelay 1 in:s:1\ndelay 1 in:s:2\ndelay 1 in:s:3\ntry 1\nnext 1\ntry 1\nnext 1\nsleep in:h:1\ntry 1\nlast 1",
    transcript: lines(
      "create: ok",
      "delay: D~.g:1_1",
      "delay: D~.g:1_2",
      "delay: D~.g:1_3",
      "try: !pending",
      "next: ok",
      "try: !pending",
      "next: ok",
      "sleep: t",
      "try: ok",
      "last: D~.g:1_3",
    ),
  },
  "a workflow may end while its tries are pending": {
    script: "create 1\ndelay 1 in:d:9\nloop 3\ntry 1\nreturn tired",
    transcript: "tired",
  },
};
