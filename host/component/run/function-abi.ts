import type { FunctionType, WitType } from "../../core/wit/type.ts";
import { abiOf } from "../abi/abi-of.ts";
import type { CanonMemory } from "../abi/canon-memory.ts";
import { type CoreType, callLayout } from "../abi/layout.ts";
import { Misfit, within } from "../abi/misfit.ts";
import type { CoreValue, Flat } from "../abi/value-abi.ts";

/** A function's values between core code and JavaScript, in both directions (CanonicalABI.md, "Lifting and Lowering Values"). */
export interface FunctionAbi {
  readonly isResult: boolean;
  /** Whether a parameter is, or holds, a borrowed handle. */
  readonly borrows: boolean;
  /** The parameters that core code passes to an import. */
  liftParams(memory: CanonMemory, flat: readonly CoreValue[]): unknown[];
  /** What an import returns to core code; `flat` are the values that it was called with. Throws Misfit. */
  lowerResult(memory: CanonMemory, value: unknown, flat: readonly CoreValue[]): CoreValue | undefined;
  /** The core values to call an export with. Throws Misfit. */
  lowerParams(memory: CanonMemory, args: readonly unknown[]): Flat;
  /** What an export returned. */
  liftResult(memory: CanonMemory, returned: CoreValue | undefined): unknown;
}

const abis = new WeakMap<FunctionType, FunctionAbi>();

/** Made once for each function type. */
export function functionAbi(type: FunctionType): FunctionAbi {
  let abi = abis.get(type);
  if (abi === undefined) {
    abi = makeAbi(type);
    abis.set(type, abi);
  }
  return abi;
}

function makeAbi(type: FunctionType): FunctionAbi {
  const layout = callLayout(type);
  const slots: readonly CoreType[] = layout.paramsInMemory ? ["i32"] : layout.params.flat;
  return {
    isResult: type.result?.kind === "result",
    borrows: type.params.some((param) => holdsBorrow(param.type)),
    ...paramsAbi(type, layout),
    ...resultAbi(type.result, layout.resultInMemory, slots.length),
  };
}

function paramsAbi(
  { params }: FunctionType,
  { params: sequence, paramsInMemory }: ReturnType<typeof callLayout>,
): Pick<FunctionAbi, "liftParams" | "lowerParams"> {
  const each = (args: readonly unknown[], put: (i: number) => void): void => {
    if (args.length !== params.length) throw new Misfit(args, `${params.length} arguments`);
    let i = 0;
    try {
      for (; i < params.length; i++) put(i);
    } catch (error) {
      throw within(error, `(${params[i]?.name ?? i})`);
    }
  };
  const types = params.map((param) => abiOf(param.type));
  if (paramsInMemory) {
    const { size, align, offsets } = sequence;
    return {
      liftParams: (memory, flat) => {
        const at = (flat[0] as number) >>> 0;
        memory.check(at, size, align);
        return types.map((abi, i) => abi.load(memory, at + (offsets[i] as number)));
      },
      lowerParams: (memory, args) => {
        const at = memory.allocate(size, align);
        each(args, (i) => types[i]?.store(memory, args[i], at + (offsets[i] as number)));
        return [at];
      },
    };
  }
  let place = 0;
  const passes = params.map((param, i) => {
    const abi = abiOf(param.type);
    const pass = { lift: abi.liftFlat(sequence.flat, place), lower: abi.lowerFlat(sequence.flat, place) };
    place += callLayout({ params: params.slice(i, i + 1) }).params.flat.length;
    return pass;
  });
  return {
    liftParams: (memory, flat) => {
      const values: unknown[] = [];
      for (const { lift } of passes) values.push(lift(memory, flat));
      return values;
    },
    lowerParams: (memory, args) => {
      const flat: Flat = [];
      each(args, (i) => passes[i]?.lower(memory, args[i], flat));
      return flat;
    },
  };
}

/** `pointerPlace` is where an import finds the address that its result goes to. */
function resultAbi(
  type: WitType | undefined,
  inMemory: boolean,
  pointerPlace: number,
): Pick<FunctionAbi, "lowerResult" | "liftResult"> {
  if (type === undefined) return { lowerResult: () => undefined, liftResult: () => undefined };
  const abi = abiOf(type);
  const { result } = callLayout({ params: [], result: type });
  const { size, align, flat } = result ?? { size: 0, align: 1, flat: [] };
  if (inMemory) {
    return {
      lowerResult: (memory, value, called) => {
        const at = (called[pointerPlace] as number) >>> 0;
        memory.check(at, size, align);
        try {
          abi.store(memory, value, at);
        } catch (error) {
          throw within(error, "result");
        }
        return undefined;
      },
      liftResult: (memory, returned) => {
        const at = (returned as number) >>> 0;
        memory.check(at, size, align);
        return abi.load(memory, at);
      },
    };
  }
  const lift = abi.liftFlat(flat, 0);
  const lower = abi.lowerFlat(flat, 0);
  return {
    lowerResult: (memory, value) => {
      const out: Flat = [];
      try {
        lower(memory, value, out);
      } catch (error) {
        throw within(error, "result");
      }
      return out[0];
    },
    liftResult: (memory, returned) => lift(memory, [returned as CoreValue]),
  };
}

function holdsBorrow(type: WitType | undefined): boolean {
  switch (type?.kind) {
    case undefined:
      return false;
    case "borrow":
      return true;
    case "list":
      return holdsBorrow(type.element);
    case "option":
      return holdsBorrow(type.some);
    case "result":
      return holdsBorrow(type.ok) || holdsBorrow(type.err);
    case "tuple":
      return type.items.some(holdsBorrow);
    case "record":
      return type.fields.some((field) => holdsBorrow(field.type));
    case "variant":
      return type.cases.some((of) => holdsBorrow(of.type));
    default:
      return false;
  }
}
