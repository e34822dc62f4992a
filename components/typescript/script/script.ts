import { approveStub } from "contract:guests-obelisk-stub/approval@1.0.0";
import * as log from "obelisk:log/log@1.0.0";
import type { JoinSet } from "obelisk:types/join-set@5.0.0";
import type { ScheduleAt } from "obelisk:types/time@5.0.0";
import * as support from "obelisk:workflow/workflow-support@6.0.0";
import { Answers, type Result, responseOf, settle } from "./answers.ts";
import { functions } from "./functions.ts";

/** number or bigint, by engine. */
export type U64 = Parameters<typeof support.randomU64>[0];

/** How a script has ended. Without `return` or `err`, with its transcript. */
export interface End {
  readonly tag: "ok" | "err";
  readonly text: string;
  readonly returned: boolean;
  /** Lines of the transcript. */
  readonly count: number;
}

/** An operation's number of words, the last of which may hold spaces, and what it does with them. */
type Operation = readonly [words: number, run: (...words: string[]) => string];

/** What is wrong with the script itself ends it with an err. */
class ScriptMistake extends Error {}

/** One execution of a script: join sets by slot, and for each line of the transcript the id that it gave. */
export class Script {
  readonly #u64: (digits: string) => U64;
  readonly #answers = new Answers(support.executionIdCurrent().id);
  readonly #sets = new Map<string, JoinSet>();
  readonly #ids: (string | undefined)[] = [];
  readonly #transcript: string[] = [];
  #given: string | undefined;

  constructor(u64: (digits: string) => U64) {
    this.#u64 = u64;
  }

  run(text: string): End {
    const end = (tag: "ok" | "err", text: string, returned: boolean): End => ({
      tag,
      text,
      returned,
      count: this.#transcript.length,
    });
    try {
      const lines = text.split("\n").filter((line) => line !== "");
      for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
        const [operation, rest = ""] = words(line, 2);
        if (operation === "return") return end("ok", rest, true);
        if (operation === "err") return end("err", rest, true);
        if (operation === "loop") this.#line(lines.shift() ?? "", Number(rest));
        else this.#line(line);
      }
      return end("ok", this.#transcript.join("\n"), false);
    } catch (error) {
      if (error instanceof ScriptMistake) return end("err", `script: ${error.message}`, true);
      throw error;
    }
  }

  #line(line: string, times?: number): void {
    const [name = "", rest = ""] = words(line, 2);
    const operation = this.#operations[name];
    if (operation === undefined) throw new ScriptMistake(`there is no operation ${name}`);
    const [count, run] = operation;
    const given = words(rest, count).map((word) => this.#resolved(word));
    let answer = "";
    for (let i = 0; i < (times ?? 1); i++) {
      this.#given = undefined;
      answer = run(...given);
    }
    this.#ids.push(this.#given);
    this.#transcript.push(`${name}: ${answer}${times === undefined ? "" : ` x${times}`}`);
  }

  /** A word `$k` stands for the id that line k gave. */
  #resolved(word: string): string {
    if (!/^\$\d+$/.test(word)) return word;
    const id = this.#ids[Number(word.slice(1)) - 1];
    if (id === undefined) throw new ScriptMistake(`${word} is no id`);
    return id;
  }

  #id(raw: string | undefined): string {
    this.#given = raw;
    return raw === undefined ? "none" : this.#answers.id(raw);
  }

  #set(slot: string): JoinSet {
    const set = this.#sets.get(slot);
    if (set === undefined) throw new ScriptMistake(`there is no join set ${slot}`);
    return set;
  }

  #put(slot: string, set: JoinSet): string {
    this.#sets.set(slot, set);
    return "ok";
  }

  #free(slot: string): string {
    if (this.#sets.has(slot)) throw new ScriptMistake(`there is a join set ${slot} already`);
    return slot;
  }

  #taken(slot: string): JoinSet {
    const set = this.#set(slot);
    this.#sets.delete(slot);
    return set;
  }

  #schedule(text: string): ScheduleAt {
    const [kind, a = "", b = ""] = text.split(/[:.]/);
    if (kind === "now") return { tag: "now" };
    if (kind === "at") return { tag: "at", val: { seconds: this.#u64(a), nanoseconds: Number(b) } };
    if (kind !== "in") throw new ScriptMistake(`${text} is no time`);
    switch (a) {
      case "ms":
        return { tag: "in", val: { tag: "milliseconds", val: this.#u64(b) } };
      case "s":
        return { tag: "in", val: { tag: "seconds", val: this.#u64(b) } };
      case "min":
        return { tag: "in", val: { tag: "minutes", val: Number(b) } };
      case "h":
        return { tag: "in", val: { tag: "hours", val: Number(b) } };
      case "d":
        return { tag: "in", val: { tag: "days", val: Number(b) } };
      default:
        throw new ScriptMistake(`${text} is no time`);
    }
  }

  #drawn(draw: (min: U64, max: U64) => U64, min: string, max: string, above: boolean): string {
    const [from, to] = [this.#u64(min), this.#u64(max)];
    const drawn = draw(from, to);
    return drawn >= from && (drawn < to || (above && drawn === to)) ? "drawn" : "out-of-range";
  }

  #untilReady(slot: string): string {
    for (;;) {
      const answer = this.#try(slot);
      if (answer !== "!pending") return answer;
    }
  }

  #try(slot: string): string {
    return this.#result(() => support.joinNextTry(this.#set(slot)));
  }

  #result(call: () => Result): string {
    return this.#answers.of(call, (result) => this.#answers.result(result));
  }

  readonly #operations: Readonly<Record<string, Operation>> = {
    id: [0, () => this.#id(support.executionIdCurrent().id)],
    generate: [0, () => this.#id(support.executionIdGenerate().id)],

    create: [1, (slot) => this.#put(this.#free(slot), support.joinSetCreate())],
    named: [
      2,
      (slot, name) => {
        this.#free(slot);
        return this.#answers.of(
          () => support.joinSetCreateNamed(name),
          (set) => this.#put(slot, set),
        );
      },
    ],
    close: [1, (slot) => this.#answers.of(() => support.joinSetClose(this.#taken(slot)), done)],
    drop: [1, (slot) => this.#answers.of(() => this.#taken(slot)[Symbol.dispose](), done)],
    "set-id": [1, (slot) => this.#set(slot).id()],
    last: [1, (slot) => this.#id(responseOf(this.#set(slot).lastId()))],

    submit: [
      4,
      (slot, ifc, fn, params) =>
        this.#answers.of(
          () => support.submitJson(this.#set(slot), functionOf(ifc, fn), params),
          ({ id }) => this.#id(id),
        ),
    ],
    delay: [2, (slot, at) => this.#id(support.submitDelay(this.#set(slot), this.#schedule(at)).id)],
    next: [1, (slot) => this.#result(() => support.joinNext(this.#set(slot)))],
    try: [1, (slot) => this.#try(slot)],
    "until-ready": [1, (slot) => this.#untilReady(slot)],
    get: [1, (id) => this.#result(() => support.getResultJson({ id }))],
    kind: [
      1,
      (id) =>
        this.#answers.of(
          () => support.getExecutionFailureKind({ id }),
          (kind) => kind ?? "none",
        ),
    ],
    "last-call": [0, () => this.#id(support.lastDirectCallId()?.id)],
    "last-oneoff": [0, () => this.#id(responseOf(support.lastOneoffId()))],
    call: [3, (ifc, fn, params) => this.#result(() => support.callJson(functionOf(ifc, fn), params))],
    schedule: [
      5,
      (id, at, ifc, fn, params) =>
        this.#answers.of(() => support.scheduleJson({ id }, this.#schedule(at), functionOf(ifc, fn), params), done),
    ],
    stub: [2, (id, json) => this.#answers.of(() => support.stubJson({ id }, json), done)],
    sleep: [2, (at, name) => this.#sleep(at, name)],

    u64: [2, (min, max) => this.#drawn(support.randomU64, min, max, false)],
    u64i: [2, (min, max) => this.#drawn(support.randomU64Inclusive, min, max, true)],
    string: [
      2,
      (min, max) => {
        const drawn = support.randomString(Number(min), Number(max));
        const fits = /^[A-Za-z0-9]*$/.test(drawn) && drawn.length >= Number(min) && drawn.length < Number(max);
        return fits ? "drawn" : "out-of-range";
      },
    ],

    "x-submit": [3, (slot, fn, arg) => this.#id(extended(fn).submit(this.#set(slot), arg).id)],
    "x-next": [2, (slot, fn) => this.#result(() => extended(fn).next(this.#set(slot)))],
    "x-get": [2, (fn, id) => this.#result(() => extended(fn).get({ id }))],
    "x-schedule": [3, (at, fn, arg) => this.#id(scheduled(fn)(this.#schedule(at), arg).id)],
    "x-stub": [3, (id, tag, val) => this.#answers.of(() => approveStub({ id }, { tag: okOrErr(tag), val }), done)],
    direct: [2, (fn, arg) => this.#answers.result(settle(() => extended(fn).call(arg)))],

    log: [2, (level, message) => this.#answers.of(() => logAt(level)(message), done)],
    // What a guest throws is an err to some engines: this ends all of them.
    trap: [0, () => this.#drawn(support.randomU64, "1", "0", false)],
  };

  #sleep(at: string, name: string): string {
    const slept = settle(() => support.sleep(this.#schedule(at), name === "" ? undefined : name));
    return slept.tag === "ok" ? "t" : "err";
  }
}

/** So many words of a text; the last may hold spaces, and those that are missing are empty. */
function words(text: string, count: number): string[] {
  if (count === 0) return [];
  const found = text.split(" ");
  const last = found.splice(count - 1).join(" ");
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? last : (found[i] ?? "")));
}

const done = () => "ok";

function functionOf(ifc: string, functionName: string): Parameters<typeof support.callJson>[0] {
  return { interfaceName: ifc.includes(":") ? ifc : `contract:guests/${ifc}@1.0.0`, functionName };
}

function extended(name: string): (typeof functions)[string] {
  const found = functions[name];
  if (found === undefined) throw new ScriptMistake(`there is no function ${name}`);
  return found;
}

function scheduled(name: string): NonNullable<ReturnType<typeof extended>["schedule"]> {
  const { schedule } = extended(name);
  if (schedule === undefined) throw new ScriptMistake(`${name} is not to be scheduled`);
  return schedule;
}

function okOrErr(tag: string): "ok" | "err" {
  if (tag !== "ok" && tag !== "err") throw new ScriptMistake(`${tag} is neither ok nor err`);
  return tag;
}

function logAt(level: string): (message: string) => void {
  const levels: Readonly<Record<string, (message: string) => void>> = log;
  const found = levels[level];
  if (found === undefined) throw new ScriptMistake(`there is no level ${level}`);
  return found;
}
