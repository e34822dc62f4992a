import { AssertionError } from "../../core/assert.ts";
import type { CanonMemory } from "../abi/canon-memory.ts";
import { Misfit } from "../abi/misfit.ts";
import type { CoreValue } from "../abi/value-abi.ts";
import type { FunctionAbi } from "./function-abi.ts";
import type { GuestState } from "./guest-state.ts";
import type { AnyFunction } from "./host-function.ts";

/** Gives the value of a call, a result as `{ tag, val }`, or a promise of it. */
export type Target = (args: readonly unknown[]) => unknown;

export type CoreFunction = (...flat: readonly CoreValue[]) => CoreValue | undefined | Promise<CoreValue | undefined>;

/** `canon lower`: a function as core code imports it. What the target throws, and a value of its that does not fit, ends
 *  the instance. Meant for WebAssembly.Suspending: a promise suspends the guest. */
export function lowerFunction(
  name: string,
  abi: FunctionAbi,
  memory: CanonMemory,
  state: GuestState,
  target: Target,
): CoreFunction {
  const { instance } = memory;
  const failed = (error: unknown): never => {
    throw state.end(error instanceof Misfit ? new AssertionError(`the host failed ${name}: ${error.message}`) : error);
  };
  const finish = (value: unknown, flat: readonly CoreValue[], lent: typeof instance.lent): CoreValue | undefined => {
    for (const entry of lent) entry.lends--;
    memory.begin();
    return abi.lowerResult(memory, value, flat);
  };
  return (...flat) => {
    try {
      state.assertAlive();
      instance.assertMayLeave();
      memory.begin();
      if (abi.borrows) instance.lent = [];
      const args = abi.liftParams(memory, flat);
      const lent = abi.borrows ? instance.lent : nothingLent;
      const answer = target(args);
      if (answer instanceof Promise) return answer.then((value: unknown) => finish(value, flat, lent)).catch(failed);
      return finish(answer, flat, lent);
    } catch (error) {
      return failed(error);
    }
  };
}

const nothingLent: never[] = [];

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
