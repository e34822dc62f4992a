import type { Chance } from "./chance.ts";

/** What the workflows of the simulation are asked to do, in the words of the script guest. */
export type Op =
  | { readonly op: "create" | "named"; readonly slot: number; readonly name: string }
  | { readonly op: "submit"; readonly slot: number; readonly call: Call }
  | { readonly op: "delay"; readonly slot: number; readonly ms: number }
  | { readonly op: "next" | "try" | "close" | "drop" | "last"; readonly slot: number }
  /** Of the id that line `line` of the transcript gave. */
  | { readonly op: "get" | "kind"; readonly line: number }
  | { readonly op: "direct"; readonly call: Call }
  /** Another execution, which is nobody's child. */
  | { readonly op: "schedule"; readonly ms: number; readonly call: Call }
  | { readonly op: "sleep"; readonly ms: number }
  | { readonly op: "return"; readonly text: string };

export interface Call {
  readonly name: "echo" | "fail" | "approve" | "run" | "run-cancellable";
  readonly text: string;
}

export type Script = readonly Op[];

const depthMax = 2;

/** A script in which every join set that is used has been made. */
export function scriptOf(chance: Chance, depth = 0): Script {
  const ops: Op[] = [];
  const open: number[] = [];
  const requests: number[] = [];
  const length = 1 + chance.below(depth === 0 ? 10 : 4);
  for (let slot = 1; ops.length < length; ) {
    const of = chance.pick(open);
    const kind = chance.below(13);
    if (of === undefined || kind === 0) {
      if (chance.below(2) === 0) ops.push({ op: "direct", call: callOf(chance, depth) });
      else {
        ops.push({ op: chance.below(2) === 0 ? "create" : "named", slot, name: `s${slot}` });
        open.push(slot++);
      }
    } else if (kind <= 3) {
      ops.push({ op: "submit", slot: of, call: callOf(chance, depth) });
      requests.push(ops.length);
    } else if (kind === 4) ops.push({ op: "delay", slot: of, ms: durationOf(chance) });
    else if (kind <= 6) ops.push({ op: "next", slot: of });
    else if (kind === 7) ops.push({ op: "last", slot: of });
    else if (kind === 8) {
      ops.push({ op: chance.below(2) === 0 ? "close" : "drop", slot: of });
      open.splice(open.indexOf(of), 1);
    } else if (kind === 9) ops.push({ op: "sleep", ms: durationOf(chance) });
    else if (kind === 10) ops.push({ op: "try", slot: of });
    else if (kind === 11) ops.push({ op: "schedule", ms: durationOf(chance), call: scheduledOf(chance) });
    else {
      const line = chance.pick(requests);
      if (line !== undefined) ops.push({ op: chance.below(2) === 0 ? "get" : "kind", line });
    }
  }
  if (chance.below(4) === 0) ops.push({ op: "return", text: `early ${chance.below(1000)}` });
  return ops;
}

function callOf(chance: Chance, depth: number): Call {
  const kind = chance.below(depth < depthMax ? 9 : 6);
  const text = `t${chance.below(1_000_000)}`;
  if (kind >= 6) {
    const script = textOf(scriptOf(chance, depth + 1), depth + 1);
    return { name: kind === 6 ? "run-cancellable" : "run", text: script };
  }
  if (kind === 0) return { name: "fail", text };
  return { name: kind <= 2 ? "approve" : "echo", text };
}

/** It schedules nothing itself: there would be no end to it. */
function scheduledOf(chance: Chance): Call {
  const text = `t${chance.below(1_000_000)}`;
  return chance.below(2) === 0 ? { name: "echo", text } : { name: "run", text: `return ${text}` };
}

/** From next to nothing to an hour. */
function durationOf(chance: Chance): number {
  return chance.below(chance.pick([3, 2_000, 3_600_000]) ?? 1);
}

/** A nested one is within a line. */
export function textOf(script: Script, depth = 0): string {
  return script.map(lineOf).join(["\n", ";", "~"][depth]);
}

function lineOf(op: Op): string {
  switch (op.op) {
    case "create":
      return `create ${op.slot}`;
    case "named":
      return `named ${op.slot} ${op.name}`;
    case "submit":
      return `x-submit ${op.slot} ${op.call.name} ${op.call.text}`;
    case "delay":
      return `delay ${op.slot} in:ms:${op.ms}`;
    case "get":
    case "kind":
      return `${op.op} $${op.line}`;
    case "direct":
      return `direct ${op.call.name} ${op.call.text}`;
    case "schedule":
      return `x-schedule in:ms:${op.ms} ${op.call.name} ${op.call.text}`;
    case "sleep":
      return `sleep in:ms:${op.ms}`;
    case "return":
      return `return ${op.text}`;
    default:
      return `${op.op} ${op.slot}`;
  }
}

/** Reads a script as its guest does: from the parameters of its execution. */
export function scriptIn(text: string): Script {
  return text.split("\n").map(opIn);
}

function opIn(line: string): Op {
  const [word = "", a = "", b = "", ...rest] = line.split(" ");
  const slot = Number(a);
  switch (word) {
    case "x-submit":
      return { op: "submit", slot, call: { name: b as Call["name"], text: rest.join(" ") } };
    case "delay":
      return { op: "delay", slot, ms: Number(b.split(":")[2]) };
    case "get":
    case "kind":
      return { op: word, line: Number(a.slice(1)) };
    case "direct":
      return { op: "direct", call: { name: a as Call["name"], text: [b, ...rest].join(" ") } };
    case "x-schedule":
      return { op: "schedule", ms: Number(a.split(":")[2]), call: { name: b as Call["name"], text: rest.join(" ") } };
    case "sleep":
      return { op: "sleep", ms: Number(a.split(":")[2]) };
    case "return":
      return { op: "return", text: line.slice("return ".length) };
    case "create":
    case "named":
      return { op: word, slot, name: b };
    case "next":
    case "try":
    case "close":
    case "drop":
    case "last":
      return { op: word, slot };
    default:
      throw new Error(`${line} is no line of a script`);
  }
}
