import { AssertionError } from "../../core/assert.ts";
import { GuestTrap } from "../../ports/components.ts";
import type { CanonMemory } from "../abi/canon-memory.ts";
import type { HandleEntry } from "../abi/component-instance.ts";
import { Misfit } from "../abi/misfit.ts";
import type { CoreValue } from "../abi/value-abi.ts";
import type { FunctionAbi } from "./function-abi.ts";
import type { GuestState } from "./guest-state.ts";
import type { AnyFunction } from "./host-function.ts";
import type { CoreAnswer, CoreFunction } from "./suspension.ts";

/** Gives the value of a call, a result as `{ tag, val }`, or a promise of it. */
export type Target = (args: readonly unknown[]) => unknown;

/** `canon lower`: a function as core code imports it. What the target throws, and a value of its that does not fit, ends
 *  the instance. */
export function lowerFunction(
  name: string,
  abi: FunctionAbi,
  memoryOf: () => CanonMemory,
  state: GuestState,
  target: Target,
): CoreFunction {
  const failed = (error: unknown): never => {
    throw state.end(error instanceof Misfit ? new AssertionError(`the host failed ${name}: ${error.message}`) : error);
  };
  const finish = (value: unknown, flat: readonly CoreValue[], lent: readonly HandleEntry[]): CoreAnswer => {
    for (const entry of lent) entry.lends--;
    const memory = memoryOf();
    memory.begin();
    return abi.lowerResult(memory, value, flat);
  };
  return (...flat) => {
    try {
      state.called();
      const memory = memoryOf();
      const { instance } = memory;
      instance.assertMayLeave();
      memory.begin();
      if (abi.borrows) instance.lent = [];
      const args = abi.liftParams(memory, flat);
      const lent = abi.borrows ? instance.lent : nothingLent;
      const answer = target(args);
      if (answer instanceof Promise && !state.canWait) {
        answer.catch(() => undefined); // nobody will hear of it
        throw new GuestTrap(
          "the guest called a host function that waits, from where it can't wait: start code or a destructor",
        );
      }
      if (!(answer instanceof Promise)) return finish(answer, flat, lent);
      return answer
        .then((value: unknown) => {
          state.assertAlive();
          return finish(value, flat, lent);
        })
        .catch(failed);
    } catch (error) {
      return failed(error);
    }
  };
}

const nothingLent: readonly HandleEntry[] = [];

/** A host function as a target: where its type is a result it returns ok's payload and throws err's. */
export function hostTarget(call: AnyFunction, isResult: boolean): Target {
  if (!isResult) return (args) => call(...args);
  return (args) => {
    try {
      const answer = call(...args);
      return answer instanceof Promise ? answer.then(ok, err) : ok(answer);
    } catch (error) {
      return err(error);
    }
  };
}

function ok(val: unknown): { tag: "ok"; val: unknown } {
  return { tag: "ok", val };
}

/** An Error without a payload of its own is no err: it unwinds the guest. */
function err(error: unknown): { tag: "err"; val: unknown } {
  if (!(error instanceof Error)) return { tag: "err", val: error };
  if (Object.hasOwn(error, "payload"))
    return { tag: "err", val: (error as Error & { readonly payload: unknown }).payload };
  throw error;
}
