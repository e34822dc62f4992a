import { GuestTrap } from "../../ports/components.ts";
import type { CanonMemory } from "../abi/canon-memory.ts";
import type { CoreValue } from "../abi/value-abi.ts";
import type { FunctionAbi } from "./function-abi.ts";

/** `canon lift`: calls a core function with values and gives a promise of its value. It may be suspended in between. */
export async function callLifted(
  abi: FunctionAbi,
  memory: CanonMemory,
  core: WebAssembly.CoreFunction,
  postReturn: WebAssembly.CoreFunction | undefined,
  args: readonly unknown[],
): Promise<unknown> {
  const { instance } = memory;
  if (instance.entered) throw new GuestTrap("a component is called again from within a call of its own");
  instance.entered = true;
  memory.begin();
  const flat = abi.lowerParams(memory, args);
  const returned = await WebAssembly.promising(core)(...flat);
  memory.begin();
  const value = abi.liftResult(memory, returned);
  if (postReturn !== undefined) {
    instance.mayLeave = false;
    (postReturn as (...flat: readonly CoreValue[]) => unknown)(...(returned === undefined ? [] : [returned]));
    instance.mayLeave = true;
  }
  if (instance.borrowed > 0)
    throw new GuestTrap(`the guest returns while it holds ${instance.borrowed} handles that were lent to it`);
  instance.entered = false;
  return value;
}
