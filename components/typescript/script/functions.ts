/** The functions that a script may call, as the host extends them. */
import * as approval from "contract:guests/approval@1.0.0";
import * as script from "contract:guests/script@1.0.0";
import * as work from "contract:guests/work@1.0.0";
import * as approvalExt from "contract:guests-obelisk-ext/approval@1.0.0";
import * as scriptExt from "contract:guests-obelisk-ext/script@1.0.0";
import * as workExt from "contract:guests-obelisk-ext/work@1.0.0";
import * as scriptSchedule from "contract:guests-obelisk-schedule/script@1.0.0";
import * as workSchedule from "contract:guests-obelisk-schedule/work@1.0.0";
import type { ExecutionId } from "obelisk:types/execution@5.0.0";
import type { JoinSet } from "obelisk:types/join-set@5.0.0";
import type { ScheduleAt } from "obelisk:types/time@5.0.0";
import type { Result } from "./answers.ts";

interface Extended {
  readonly call: (arg: string) => unknown;
  readonly submit: (set: JoinSet, arg: string) => ExecutionId;
  readonly next: (set: JoinSet) => Result;
  readonly get: (id: ExecutionId) => Result;
  /** A stub is not scheduled. */
  readonly schedule?: (at: ScheduleAt, arg: string) => ExecutionId;
}

/** `;` stands for the end of a line and `~` for `;`, so that a script may hold another. */
const nested = (arg: string) => arg.replaceAll(";", "\n").replaceAll("~", ";");

export const functions: Readonly<Record<string, Extended>> = {
  echo: {
    call: (text) => work.echo(text),
    submit: (set, text) => workExt.echoSubmit(set, text),
    next: (set) => workExt.echoAwaitNext(set),
    get: (id) => workExt.echoGet(id),
    schedule: (at, text) => workSchedule.echoSchedule(at, text),
  },
  fail: {
    call: (text) => work.fail(text),
    submit: (set, text) => workExt.failSubmit(set, text),
    next: (set) => workExt.failAwaitNext(set),
    get: (id) => workExt.failGet(id),
    schedule: (at, text) => workSchedule.failSchedule(at, text),
  },
  typed: {
    call: (n) => work.typed(Number(n)),
    submit: (set, n) => workExt.typedSubmit(set, Number(n)),
    next: (set) => workExt.typedAwaitNext(set),
    get: (id) => workExt.typedGet(id),
    schedule: (at, n) => workSchedule.typedSchedule(at, Number(n)),
  },
  nothing: {
    call: () => work.nothing(),
    submit: (set) => workExt.nothingSubmit(set),
    next: (set) => workExt.nothingAwaitNext(set),
    get: (id) => workExt.nothingGet(id),
    schedule: (at) => workSchedule.nothingSchedule(at),
  },
  crash: {
    call: () => work.crash(),
    submit: (set) => workExt.crashSubmit(set),
    next: (set) => workExt.crashAwaitNext(set),
    get: (id) => workExt.crashGet(id),
    schedule: (at) => workSchedule.crashSchedule(at),
  },
  spin: {
    call: () => work.spin(),
    submit: (set) => workExt.spinSubmit(set),
    next: (set) => workExt.spinAwaitNext(set),
    get: (id) => workExt.spinGet(id),
    schedule: (at) => workSchedule.spinSchedule(at),
  },
  approve: {
    call: (order) => approval.approve(order),
    submit: (set, order) => approvalExt.approveSubmit(set, order),
    next: (set) => approvalExt.approveAwaitNext(set),
    get: (id) => approvalExt.approveGet(id),
  },
  run: {
    call: (text) => script.run(nested(text)),
    submit: (set, text) => scriptExt.runSubmit(set, nested(text)),
    next: (set) => scriptExt.runAwaitNext(set),
    get: (id) => scriptExt.runGet(id),
    schedule: (at, text) => scriptSchedule.runSchedule(at, nested(text)),
  },
  "run-cancellable": {
    call: (text) => script.runCancellable(nested(text)),
    submit: (set, text) => scriptExt.runCancellableSubmit(set, nested(text)),
    next: (set) => scriptExt.runCancellableAwaitNext(set),
    get: (id) => scriptExt.runCancellableGet(id),
    schedule: (at, text) => scriptSchedule.runCancellableSchedule(at, nested(text)),
  },
  "run-typed": {
    call: (text) => script.runTyped(nested(text)),
    submit: (set, text) => scriptExt.runTypedSubmit(set, nested(text)),
    next: (set) => scriptExt.runTypedAwaitNext(set),
    get: (id) => scriptExt.runTypedGet(id),
    schedule: (at, text) => scriptSchedule.runTypedSchedule(at, nested(text)),
  },
  bare: {
    call: (text) => script.bare(nested(text)),
    submit: (set, text) => scriptExt.bareSubmit(set, nested(text)),
    next: (set) => scriptExt.bareAwaitNext(set),
    get: (id) => scriptExt.bareGet(id),
    schedule: (at, text) => scriptSchedule.bareSchedule(at, nested(text)),
  },
};
