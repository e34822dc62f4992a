/** What the contract says a script comes to, given how its requests were answered: in memory, without replay or anything
 *  else of the host's. */
import type { Call, Op, Script } from "./scripts.ts";

export type Result = { readonly ok: unknown } | { readonly err: unknown } | { readonly failure: string };

/** How a request was answered; undefined for a delay that has expired. */
export interface Answer {
  readonly id: string;
  readonly result: Result | undefined;
}

/** What a workflow has heard, by join set, in the order in which it came. */
export interface Heard {
  readonly answers: ReadonlyMap<string, readonly Answer[]>;
  /** Whether an answer was there when it was tried. */
  readonly tries: ReadonlyMap<string, readonly boolean[]>;
}

export interface Told {
  /** What the workflow has asked for, in order: `child g:1_1 echo`, `delay o:1_1 500`. */
  readonly asked: readonly string[];
  /** Undefined when it still waits. */
  readonly result: { readonly ok: string } | undefined;
}

/** Waits for an answer that has not come. */
class Waits extends Error {}

class JoinSet {
  readonly name: string;
  readonly answers: Answer[];
  readonly tries: boolean[];
  children = 0;
  delays = 0;
  unconsumed = 0;
  last = "none";

  constructor(name: string, { answers, tries }: Heard) {
    this.name = name;
    this.answers = [...(answers.get(name) ?? [])];
    this.tries = [...(tries.get(name) ?? [])];
  }
}

/** Tells a script from its start. */
export function tell(script: Script, heard: Heard): Told {
  const teller = new Teller(heard);
  try {
    return { asked: teller.asked, result: { ok: teller.tell(script) } };
  } catch (error) {
    if (error instanceof Waits) return { asked: teller.asked, result: undefined };
    throw error;
  }
}

class Teller {
  readonly asked: string[] = [];
  readonly #heard: Heard;
  readonly #sets = new Map<number, JoinSet>();
  readonly #ids: string[] = [];
  readonly #consumed = new Map<string, Result>();
  #generated = 0;
  #oneOffs = 0;

  constructor(heard: Heard) {
    this.#heard = heard;
  }

  tell(script: Script): string {
    const lines: string[] = [];
    for (const op of script) {
      if (op.op === "return") return op.text;
      const answer = this.#do(op);
      this.#ids.push(answer);
      lines.push(`${op.op === "submit" || op.op === "schedule" ? `x-${op.op}` : op.op}: ${answer}`);
    }
    return lines.join("\n");
  }

  #do(op: Exclude<Op, { op: "return" }>): string {
    switch (op.op) {
      case "create":
        return this.#put(op.slot, `g:${++this.#generated}`);
      case "named":
        return this.#put(op.slot, `n:${op.name}`);
      case "submit":
        return this.#submit(this.#set(op.slot), op.call);
      case "delay":
        return this.#delay(this.#set(op.slot), op.ms);
      case "next":
        return this.#next(this.#set(op.slot));
      case "try":
        return this.#try(this.#set(op.slot));
      case "last":
        return this.#set(op.slot).last;
      case "schedule":
        this.asked.push(`schedule ${op.call.name}`);
        return "E?";
      case "close":
      case "drop":
        return this.#close(op.op, op.slot);
      case "get":
      case "kind":
        return this.#look(op);
      case "direct": {
        const set = this.#newSet(`o:${++this.#oneOffs}-${op.call.name}`);
        this.#submit(set, op.call);
        return valueText(this.#consume(set).result);
      }
      case "sleep": {
        const set = this.#newSet(`o:${++this.#oneOffs}`);
        this.#delay(set, op.ms);
        return this.#consume(set).result === undefined ? "t" : "err";
      }
    }
  }

  #newSet(name: string): JoinSet {
    return new JoinSet(name, this.#heard);
  }

  #put(slot: number, name: string): string {
    this.#sets.set(slot, this.#newSet(name));
    return "ok";
  }

  #set(slot: number): JoinSet {
    const set = this.#sets.get(slot);
    if (set === undefined) throw new Error(`the script has no set ${slot}`);
    return set;
  }

  #submit(set: JoinSet, { name }: Call): string {
    const id = `${set.name}_${++set.children}`;
    set.unconsumed++;
    this.asked.push(`child ${id} ${name}`);
    return `E~.${id}`;
  }

  #delay(set: JoinSet, ms: number): string {
    const id = `${set.name}_${++set.delays}`;
    set.unconsumed++;
    this.asked.push(`delay ${id} ${ms}`);
    return `D~.${id}`;
  }

  #consume(set: JoinSet): Answer {
    const answer = set.answers.shift();
    if (answer === undefined) throw new Waits();
    set.unconsumed--;
    set.last = answer.id;
    if (answer.id.startsWith("E") && answer.result !== undefined) this.#consumed.set(answer.id, answer.result);
    return answer;
  }

  #next(set: JoinSet): string {
    if (set.unconsumed === 0) return "!all-processed";
    this.asked.push(`next ${set.name}`);
    return this.#answer(set);
  }

  /** Tries at the end of a script may not have been noted: they have found nothing. */
  #try(set: JoinSet): string {
    if (set.unconsumed === 0) return "!all-processed";
    return set.tries.shift() === true ? this.#answer(set) : "!pending";
  }

  #answer(set: JoinSet): string {
    const { id, result } = this.#consume(set);
    if (id.startsWith("D")) return result === undefined ? "ok" : "err";
    return jsonText(result);
  }

  #close(op: "close" | "drop", slot: number): string {
    const set = this.#set(slot);
    this.#sets.delete(slot);
    if (set.unconsumed > 0) this.asked.push(`close ${set.name} ${op === "close" ? "waits" : "goes on"}`);
    if (op === "close") this.#settle(set);
    return "ok";
  }

  /** Waits for what is left of it; nobody can ask for that later. */
  #settle(set: JoinSet): void {
    for (; set.unconsumed > 0; set.unconsumed--) if (set.answers.shift() === undefined) throw new Waits();
  }

  #look({ op, line }: Extract<Op, { op: "get" | "kind" }>): string {
    const result = this.#consumed.get(this.#ids[line - 1] ?? "");
    if (result === undefined) return "!not-found-in-processed-responses";
    if (op === "kind") return "failure" in result ? result.failure : "none";
    return jsonText(result);
  }
}

function jsonText(result: Result | undefined): string {
  if (result !== undefined && "ok" in result) return `ok(${JSON.stringify(result.ok)})`;
  return `err(${JSON.stringify(result !== undefined && "err" in result ? result.err : "execution_failed")})`;
}

function valueText(result: Result | undefined): string {
  if (result !== undefined && "ok" in result) return `ok(${String(result.ok)})`;
  return `err(${result !== undefined && "err" in result ? String(result.err) : "execution_failed"})`;
}
