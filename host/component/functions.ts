import type { FunctionType, WitType } from "../core/wit/type.ts";
import { GuestTrap } from "../ports/components.ts";
import type { Abi, CoreValue } from "./abi.ts";
import { abiOf } from "./abi-of.ts";
import { layoutOf, sequence } from "./layout.ts";
import type { GuestMemory } from "./memory.ts";

/** A function between components, or between one and the host: values in jco's mapping, a result as `{ tag, val }`. */
export interface LiveFunction {
  readonly type: FunctionType;
  call(args: readonly unknown[]): unknown;
}

type CoreFunction = (...values: CoreValue[]) => unknown;

/** More core parameters than this are passed in memory; more than one core result is too (CanonicalABI.md). */
const flatParamsMax = 16;

/** What the ABI needs to know of a signature, worked out once. */
interface Signature {
  readonly params: readonly Abi[];
  readonly offsets: readonly number[];
  /** Set when the parameters are passed in memory. */
  readonly spilled: { readonly size: number; readonly align: number } | undefined;
  readonly flatCount: number;
  readonly result: Abi | undefined;
  readonly resultLayout: { readonly size: number; readonly align: number; readonly flatCount: number };
}

const signatures = new WeakMap<FunctionType, Signature>();

function signatureOf(type: FunctionType): Signature {
  let signature = signatures.get(type);
  if (signature === undefined) {
    signature = workOut(
      type.params.map((param) => param.type),
      type.result,
    );
    signatures.set(type, signature);
  }
  return signature;
}

function workOut(params: readonly WitType[], result: WitType | undefined): Signature {
  const { layout, offsets } = sequence(params);
  const spills = layout.flat.length > flatParamsMax;
  const of = result === undefined ? undefined : layoutOf(result);
  return {
    params: params.map(abiOf),
    offsets,
    spilled: spills ? { size: layout.size, align: layout.align } : undefined,
    flatCount: spills ? 1 : layout.flat.length,
    result: result === undefined ? undefined : abiOf(result),
    resultLayout: { size: of?.size ?? 0, align: of?.align ?? 1, flatCount: of?.flat.length ?? 0 },
  };
}

/** `canon lower`: a function as the guest imports it. A promise that the function returns suspends the guest. */
export function lower(of: LiveFunction, memory: GuestMemory, enter: () => void): CoreFunction {
  const signature = signatureOf(of.type);
  const pointsToResult = signature.resultLayout.flatCount > 1;
  const finish = (value: unknown, returnPointer: number): CoreValue | undefined => {
    const { result, resultLayout } = signature;
    if (result === undefined) return undefined;
    memory.refresh();
    if (pointsToResult) {
      memory.check(returnPointer, resultLayout.size, resultLayout.align);
      result.store(memory, returnPointer, value);
      return undefined;
    }
    const flat: CoreValue[] = [];
    result.lower(memory, value, flat);
    return flat[0];
  };
  return (...values) => {
    enter();
    memory.refresh();
    const args = liftParams(signature, memory, values);
    const returnPointer = pointsToResult ? Number(values[signature.flatCount]) >>> 0 : 0;
    const value = of.call(args);
    return value instanceof Promise
      ? value.then((settled) => finish(settled, returnPointer))
      : finish(value, returnPointer);
  };
}

/** `canon lift`: a function of the guest's as others call it. `core` gives its result, or a promise of it. */
export function lift(
  type: FunctionType,
  core: CoreFunction,
  memory: GuestMemory,
  postReturn: CoreFunction | undefined,
): LiveFunction {
  const signature = signatureOf(type);
  const finish = (returned: unknown): unknown => {
    const { result, resultLayout } = signature;
    memory.refresh();
    let value: unknown;
    if (result !== undefined && resultLayout.flatCount > 1) {
      const pointer = Number(returned) >>> 0;
      memory.check(pointer, resultLayout.size, resultLayout.align);
      value = result.load(memory, pointer);
    } else if (result !== undefined) value = result.lift(memory, { values: [returned as CoreValue], at: 0 });
    if (result === undefined) postReturn?.();
    else postReturn?.(returned as CoreValue);
    return value;
  };
  return {
    type,
    call: (args) => {
      memory.refresh();
      const returned = core(...lowerParams(signature, memory, args));
      return returned instanceof Promise ? returned.then(finish) : finish(returned);
    },
  };
}

function liftParams(
  { params, offsets, spilled }: Signature,
  memory: GuestMemory,
  values: readonly CoreValue[],
): unknown[] {
  if (spilled === undefined) {
    const flat = { values, at: 0 };
    return params.map((param) => param.lift(memory, flat));
  }
  const pointer = Number(values[0]) >>> 0;
  memory.check(pointer, spilled.size, spilled.align);
  return params.map((param, i) => param.load(memory, pointer + (offsets[i] as number)));
}

function lowerParams(
  { params, offsets, spilled }: Signature,
  memory: GuestMemory,
  args: readonly unknown[],
): CoreValue[] {
  if (args.length !== params.length) throw new GuestTrap(`${args.length} arguments where ${params.length} are wanted`);
  const flat: CoreValue[] = [];
  if (spilled === undefined) {
    params.forEach((param, i) => param.lower(memory, args[i], flat));
    return flat;
  }
  const pointer = memory.allocate(spilled.size, spilled.align);
  params.forEach((param, i) => param.store(memory, pointer + (offsets[i] as number), args[i]));
  return [pointer];
}
