/** What the contract says a workflow goes through, in memory and without a journal, replay, or anything of the host's.
 *  A workflow runs until it waits; then something happens outside; and so on. */

export type Op =
  | { readonly op: "create" | "named"; readonly slot: number; readonly name?: string }
  /** A stub activity, whose result comes from outside. */
  | { readonly op: "ask"; readonly slot: number }
  | { readonly op: "delay"; readonly slot: number; readonly seconds: number }
  | { readonly op: "child"; readonly slot: number; readonly cancellable: boolean; readonly script: readonly Op[] }
  | { readonly op: "next" | "try" | "x-next" | "close" | "drop" | "last"; readonly slot: number }
  /** Of the id that line `line` of the transcript gave. */
  | { readonly op: "get" | "kind"; readonly line: number }
  | { readonly op: "direct" }
  | { readonly op: "sleep"; readonly seconds: number }
  | { readonly op: "return"; readonly text: string };

export type Result = { readonly ok: string } | { readonly err: string } | { readonly failure: "cancelled" };

interface Answer {
  readonly request: Request;
  /** Undefined for a delay that expired. */
  readonly result: Result | undefined;
}

interface Request {
  readonly id: string;
  readonly kind: "stub" | "delay" | "workflow";
  readonly dueAt?: number;
  readonly child?: ModelExecution;
  answered: boolean;
}

interface JoinSet {
  readonly id: string;
  readonly requests: Request[];
  readonly answers: Answer[];
  children: number;
  delays: number;
  unconsumed: number;
  closed: boolean;
  lastId: string;
}

/** One workflow execution. In its id `~` stands for the root's. */
export class ModelExecution {
  readonly id: string;
  readonly cancellable: boolean;
  readonly #world: ModelWorld;
  readonly #script: readonly Op[];
  readonly #settled: (result: Result) => void;
  readonly #sets = new Map<number, JoinSet>();
  readonly #all: JoinSet[] = [];
  readonly #names = new Set<string>();
  readonly #lines: string[] = [];
  readonly #ids: string[] = [];
  readonly #consumed = new Map<string, Result>();
  #line = 0;
  #generated = 0;
  #oneOffs = 0;
  /** What the current operation waits for. */
  #waiting: (() => string | undefined) | undefined;
  #end: Result | undefined;
  result: Result | undefined;
  paused = false;

  constructor(
    world: ModelWorld,
    id: string,
    script: readonly Op[],
    cancellable: boolean,
    settled: (result: Result) => void,
  ) {
    this.#world = world;
    this.id = id;
    this.#script = script;
    this.cancellable = cancellable;
    this.#settled = settled;
    world.executions.push(this);
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Goes on until it waits or ends. */
  run(): void {
    while (this.#end === undefined && !this.paused) {
      if (this.#waiting !== undefined) {
        const answer = this.#waiting();
        if (answer === undefined) return;
        this.#waiting = undefined;
        this.#say(answer);
        continue;
      }
      const op = this.#script[this.#line++];
      if (op === undefined) return this.#finishWith({ ok: this.#lines.join("\n") });
      if (op.op === "return") return this.#finishWith({ ok: op.text });
      const answer = this.#do(op);
      if (typeof answer === "string") this.#say(answer);
      else this.#waiting = answer;
    }
  }

  /** Too late for one whose code has come to its end: that is how it finishes. */
  cancel(): void {
    if (this.#end === undefined) this.#finishWith({ failure: "cancelled" });
  }

  #say(answer: string): void {
    const op = this.#script[this.#line - 1];
    this.#lines.push(`${wordOf(op)}: ${answer}`);
    this.#ids[this.#lines.length - 1] = answer;
  }

  #finishWith(result: Result): void {
    if (this.result !== undefined) return;
    this.#end = result;
    for (const set of this.#all) this.#cancelWhatMay(set);
    this.#finishIfSettled();
  }

  #finishIfSettled(): void {
    if (this.#end === undefined || this.result !== undefined) return;
    if (this.#all.some(({ requests }) => requests.some(({ answered }) => !answered))) return;
    this.result = this.#end;
    this.#settled(this.result);
  }

  #cancelWhatMay(set: JoinSet): void {
    for (const request of set.requests) {
      if (request.answered) continue;
      if (request.kind === "delay") this.answer(request, { failure: "cancelled" });
      else if (request.kind === "stub") this.#world.settleStub(request.id, { failure: "cancelled" });
      else if (request.child?.cancellable === true) request.child.cancel();
    }
  }

  /** A response comes in. */
  answer(request: Request, result: Result | undefined): void {
    if (request.answered) return;
    request.answered = true;
    const set = this.#all.find(({ requests }) => requests.includes(request));
    set?.answers.push({ request, result });
    this.#finishIfSettled();
    this.#world.wake(this);
  }

  #do(op: Exclude<Op, { op: "return" }>): string | (() => string | undefined) {
    switch (op.op) {
      case "create":
        this.#newSet(op.slot, `g:${++this.#generated}`);
        return "ok";
      case "named": {
        const name = op.name ?? "";
        if (this.#names.has(name)) return "!conflict";
        this.#names.add(name);
        this.#newSet(op.slot, `n:${name}`);
        return "ok";
      }
      case "ask":
        return this.#written(this.#submitStub(this.#set(op.slot)));
      case "delay":
        return this.#written(this.#submitDelay(this.#set(op.slot), op.seconds));
      case "child":
        return this.#written(this.#submitChild(this.#set(op.slot), op));
      case "last":
        return this.#set(op.slot).lastId;
      case "next":
      case "x-next":
        return this.#next(this.#set(op.slot), op.op);
      case "try":
        return this.#try(this.#set(op.slot));
      case "close":
      case "drop":
        return this.#close(op.slot, op.op);
      case "get":
      case "kind":
        return this.#look(op);
      case "direct":
        return this.#direct();
      case "sleep":
        return this.#sleep(op.seconds);
    }
  }

  /** An id as the script guest writes it, which leaves out its own execution's. */
  #written({ id, kind }: Request): string {
    return `${kind === "delay" ? "D" : "E"}~${id.slice(this.id.length)}`;
  }

  #newSet(slot: number | undefined, id: string): JoinSet {
    const set: JoinSet = {
      id,
      requests: [],
      answers: [],
      children: 0,
      delays: 0,
      unconsumed: 0,
      closed: false,
      lastId: "none",
    };
    this.#all.push(set);
    if (slot !== undefined) this.#sets.set(slot, set);
    return set;
  }

  #set(slot: number): JoinSet {
    const set = this.#sets.get(slot);
    if (set === undefined) throw new Error(`the script has no set ${slot}`);
    return set;
  }

  #submit(set: JoinSet, request: Request): Request {
    set.requests.push(request);
    set.unconsumed++;
    return request;
  }

  #submitStub(set: JoinSet): Request {
    const id = `${this.id}.${set.id}_${++set.children}`;
    const request = this.#submit(set, { id, kind: "stub", answered: false });
    this.#world.stubs.set(id, { result: undefined, settle: (result) => this.answer(request, result) });
    return request;
  }

  #submitDelay(set: JoinSet, seconds: number): Request {
    const id = `${this.id}.${set.id}_${++set.delays}`;
    const dueAt = this.#world.now + seconds;
    const request = this.#submit(set, { id, kind: "delay", dueAt, answered: false });
    this.#world.delays.push({ dueAt, request, owner: this });
    return request;
  }

  #submitChild(set: JoinSet, { script, cancellable }: Extract<Op, { op: "child" }>): Request {
    const id = `${this.id}.${set.id}_${++set.children}`;
    const child: ModelExecution = new ModelExecution(this.#world, id, script, cancellable, (result) =>
      this.answer(request, result),
    );
    const request = this.#submit(set, { id, kind: "workflow", child, answered: false });
    this.#world.wake(child);
    return request;
  }

  #consume(set: JoinSet): Answer | undefined {
    const answer = set.answers.shift();
    if (answer === undefined) return undefined;
    set.unconsumed--;
    const { request, result } = answer;
    set.lastId = this.#written(request);
    if (request.kind !== "delay" && result !== undefined) this.#consumed.set(set.lastId, result);
    return answer;
  }

  #next(set: JoinSet, op: "next" | "x-next"): string | (() => string | undefined) {
    if (set.unconsumed === 0) return "!all-processed";
    return () => {
      const answer = this.#consume(set);
      if (answer === undefined) return undefined;
      return op === "next" ? nextText(answer) : typedText(answer, set.lastId);
    };
  }

  #try(set: JoinSet): string {
    if (set.unconsumed === 0) return "!all-processed";
    const answer = this.#consume(set);
    return answer === undefined ? "!pending" : nextText(answer);
  }

  #close(slot: number, op: "close" | "drop"): string | (() => string | undefined) {
    const set = this.#set(slot);
    this.#sets.delete(slot);
    set.closed = true;
    this.#cancelWhatMay(set);
    if (op === "drop") return "ok";
    return () => (set.requests.every(({ answered }) => answered) ? "ok" : undefined);
  }

  #look({ op, line }: Extract<Op, { op: "get" | "kind" }>): string {
    const result = this.#consumed.get(this.#ids[line - 1] ?? "");
    if (result === undefined) return "!not-found-in-processed-responses";
    if (op === "kind") return "failure" in result ? result.failure : "none";
    return jsonText(result);
  }

  #direct(): () => string | undefined {
    const set = this.#newSet(undefined, `o:${++this.#oneOffs}-approve`);
    this.#submitStub(set);
    return () => {
      const answer = this.#consume(set);
      return answer?.result && valueText(answer.result);
    };
  }

  #sleep(seconds: number): () => string | undefined {
    const set = this.#newSet(undefined, `o:${++this.#oneOffs}`);
    this.#submitDelay(set, seconds);
    return () => {
      const answer = this.#consume(set);
      if (answer === undefined) return undefined;
      return answer.result === undefined ? "t" : "err";
    };
  }
}

/** All executions of one root, and what happens to them from outside. */
export class ModelWorld {
  now = 0;
  readonly executions: ModelExecution[] = [];
  readonly stubs = new Map<string, { result: Result | undefined; settle: (result: Result) => void }>();
  delays: { readonly dueAt: number; readonly request: Request; readonly owner: ModelExecution }[] = [];
  readonly #awake: ModelExecution[] = [];

  wake(execution: ModelExecution): void {
    this.#awake.push(execution);
  }

  /** Runs all that can go on. */
  settle(): void {
    for (let next = this.#awake.shift(); next !== undefined; next = this.#awake.shift()) next.run();
  }

  pendingStubs(): readonly string[] {
    return [...this.stubs].filter(([, { result }]) => result === undefined).map(([id]) => id);
  }

  pendingDelays(): readonly { readonly id: string; readonly dueAt: number }[] {
    return this.delays
      .filter(({ request }) => !request.answered)
      .map(({ dueAt, request }) => ({ id: request.id, dueAt }))
      .toSorted((a, b) => a.dueAt - b.dueAt);
  }

  settleStub(id: string, result: Result): void {
    const stub = this.stubs.get(id);
    if (stub === undefined || stub.result !== undefined) return;
    stub.result = result;
    stub.settle(result);
  }

  /** Time passes until the first delay that is still wanted has expired. */
  expireNext(): void {
    const next = this.pendingDelays()[0];
    const delay = this.delays.find(({ request }) => request.id === next?.id);
    if (delay === undefined) return;
    this.now = delay.dueAt;
    delay.owner.answer(delay.request, undefined);
  }

  cancelDelay(id: string): void {
    const delay = this.delays.find(({ request }) => request.id === id);
    delay?.owner.answer(delay.request, { failure: "cancelled" });
  }
}

function wordOf(op: Op | undefined): string {
  switch (op?.op) {
    case "ask":
    case "child":
      return "x-submit";
    default:
      return op?.op ?? "";
  }
}

function jsonText(result: Result): string {
  if ("ok" in result) return `ok(${JSON.stringify(result.ok)})`;
  return `err(${JSON.stringify("err" in result ? result.err : "execution_failed")})`;
}

function valueText(result: Result): string {
  if ("ok" in result) return `ok(${result.ok})`;
  return `err(${"err" in result ? result.err : "execution_failed"})`;
}

function nextText({ request, result }: Answer): string {
  if (request.kind === "delay") return result === undefined ? "ok" : "err";
  return jsonText(result ?? { failure: "cancelled" });
}

const approve = "contract:guests/approval@1.0.0.approve";

function typedText({ request, result }: Answer, id: string): string {
  if (request.kind === "stub") return valueText(result ?? { failure: "cancelled" });
  const run = request.child?.cancellable === true ? "run-cancellable" : "run";
  const actual = request.kind === "delay" ? "none" : `contract:guests/script@1.0.0.${run}`;
  return `!function-mismatch(${approve}, ${actual}, ${id})`;
}
