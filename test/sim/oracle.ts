/** What clients may be told, as the contract has it: in memory, sharing no code with the engine. It knows what was asked and
 *  what was answered, and so what can't be answered any more. */

export type Outcome = { readonly ok: unknown } | { readonly err: unknown } | { readonly failure: string };

export interface SentSignal {
  readonly value: number;
  readonly askedAt: number;
  /** Undefined until its sender knows that it is there. */
  ackedAt: number | undefined;
}

/** One execution, as far as clients know. */
export interface Known {
  readonly id: string;
  /** Of a top-level one: the work it was submitted with. */
  readonly work: string | undefined;
  /** Whether somebody has been told that it is there, and that it has finished. */
  isThere: boolean;
  isOver: boolean;
  /** The child without whose end it can't end by itself. */
  readonly gate: string | undefined;
  /** Whether it can end only if it is told to. */
  readonly waitsForSignal: boolean;
  /** Whether anybody has asked for what may end it. */
  mayEnd: boolean;
  outcome: string | undefined;
  /** Results that were written for it, and whether that was acknowledged. */
  readonly written: Map<string, boolean>;
  readonly signals: SentSignal[];
}

/** What was known when something was asked. */
export interface Asked {
  readonly of: Known;
  readonly wasThere: boolean;
  readonly wasOver: boolean;
  /** The host was the newest, and still is as far as it knows. */
  readonly isCurrent: () => boolean;
  readonly at: number;
}

export class Oracle {
  readonly problems: string[] = [];
  readonly known = new Map<string, Known>();
  #time = 0;

  /** A client submits it: from now on it may be there. */
  submits(id: string, work: string, gate: string | undefined, waitsForSignal: boolean): Known {
    return this.#know(id, work, false, gate, waitsForSignal);
  }

  /** Somebody has seen it. */
  sees(id: string): Known {
    const known = this.#know(id, undefined, true, undefined, false);
    known.isThere = true;
    return known;
  }

  asks(of: Known, isCurrent: () => boolean): Asked {
    return { of, wasThere: of.isThere, wasOver: of.isOver, isCurrent, at: ++this.#time };
  }

  /** A submission of this work was answered. */
  submitted({ of, wasThere, isCurrent }: Asked, work: string, answer: "made" | "existed" | "conflict"): void {
    const isSame = work === of.work;
    if (answer === "made" && wasThere) this.#problem(of, "is made although it was there");
    if (answer === "existed" && !isSame) this.#problem(of, "is said to be other work than it is");
    if (answer === "conflict" && isSame) this.#problem(of, "is refused to the very same work");
    if (answer === "made" && !isCurrent()) this.#problem(of, "is made by a host that was superseded");
    of.isThere = true;
  }

  /** A change to it was answered. */
  changed({ of, wasThere, wasOver, isCurrent }: Asked, what: string, answer: "changed" | "finished" | "unknown"): void {
    switch (answer) {
      case "unknown":
        if (wasThere && isCurrent()) this.#problem(of, `is unknown to ${what}, although it is there`);
        return;
      case "finished":
        if (!this.#mayBeOver(of)) this.#problem(of, `has finished to ${what}, and nothing has ended it`);
        of.isThere = true;
        of.isOver = true;
        return;
      case "changed":
        if (wasOver && isCurrent()) this.#problem(of, `has been changed by ${what} after its end`);
        of.isThere = true;
    }
  }

  /** Its outcome was told. */
  ended({ of, wasThere, isCurrent }: Asked, outcome: Outcome | undefined): void {
    if (outcome === undefined) {
      if (wasThere && isCurrent()) this.#problem(of, "has no outcome, although it is there");
      return;
    }
    if (!this.#mayBeOver(of)) this.#problem(of, "has an outcome, and nothing has ended it");
    const text = JSON.stringify(outcome);
    if ((of.outcome ?? text) !== text) this.#problem(of, `comes to ${text}, and came to ${of.outcome} before`);
    of.outcome = text;
    of.isThere = true;
    of.isOver = true;
  }

  /** A result that was written for it was answered. */
  wrote({ of, wasThere, isCurrent }: Asked, result: Outcome, answer: "ok" | "conflict" | "execution-not-found"): void {
    const text = JSON.stringify(result);
    const others = [...of.written].filter(([one]) => one !== text);
    if (answer === "ok") {
      if (others.some(([, isAcked]) => isAcked)) this.#problem(of, `takes ${text} after ${others[0]?.[0]}`);
      of.written.set(text, true);
      of.isOver = true;
    } else if (answer === "conflict") {
      if (of.written.get(text) === true) this.#problem(of, `refuses ${text}, which it has taken`);
      of.isOver = true;
    } else if (wasThere && isCurrent()) this.#problem(of, "is not to be found");
  }

  /** A signal was answered; it is not sent again whatever comes of it. */
  signalled(asked: Asked, signal: SentSignal, answer: "changed" | "finished" | "unknown"): void {
    this.changed(asked, "a signal", answer);
    if (answer === "changed") signal.ackedAt = ++this.#time;
  }

  /** Signals as its history has them: each that was acknowledged is there, any other may be, none is there twice or before
   *  one that was acknowledged before it was sent. Zeros are all alike and only counted. */
  heard(of: Known, values: readonly number[]): void {
    const ends = of.signals.filter(({ value }) => value === 0);
    const endsHeard = values.filter((value) => value === 0).length;
    const endsAcked = ends.filter(({ ackedAt }) => ackedAt !== undefined).length;
    if (endsHeard < endsAcked || endsHeard > ends.length)
      this.#problem(of, `has ${endsHeard} ends of ${ends.length}, of which ${endsAcked} were acknowledged`);
    this.#heardNumbers(
      of,
      values.filter((value) => value !== 0),
    );
  }

  #heardNumbers(of: Known, values: readonly number[]): void {
    const places = new Map(values.map((value, place) => [value, place]));
    if (places.size !== values.length) this.#problem(of, `has a signal twice: ${values.join(", ")}`);
    const sent = of.signals.filter(({ value }) => value !== 0);
    for (const value of values)
      if (!sent.some((signal) => signal.value === value)) this.#problem(of, `has a signal that nobody sent: ${value}`);
    for (const { value, ackedAt } of sent) {
      if (ackedAt === undefined) continue;
      const place = places.get(value);
      if (place === undefined) this.#problem(of, `has lost the signal ${value}`);
      const later = sent.filter(({ askedAt }) => askedAt > ackedAt);
      for (const { value: other } of later)
        if ((places.get(other) ?? values.length) < (place ?? 0))
          this.#problem(of, `has the signal ${other} before ${value}`);
    }
  }

  #mayBeOver({ gate, waitsForSignal, mayEnd }: Known): boolean {
    if (mayEnd) return true;
    if (waitsForSignal) return false;
    return gate === undefined || this.known.get(gate)?.mayEnd === true;
  }

  #know(
    id: string,
    work: string | undefined,
    isThere: boolean,
    gate: string | undefined,
    waitsForSignal: boolean,
  ): Known {
    const before = this.known.get(id);
    if (before !== undefined) return before;
    const known: Known = {
      id,
      work,
      isThere,
      isOver: false,
      gate,
      waitsForSignal,
      mayEnd: false,
      outcome: undefined,
      written: new Map(),
      signals: [],
    };
    this.known.set(id, known);
    return known;
  }

  #problem({ id }: Known, what: string): void {
    this.problems.push(`${id} ${what}`);
  }
}
