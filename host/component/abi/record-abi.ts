import { kebabToCamel } from "../../core/names.ts";
import type { WitType } from "../../core/wit/type.ts";
import { layoutOf, sequenceLayout } from "./layout.ts";
import { Misfit, within } from "./misfit.ts";
import { readI32, writeI32 } from "./slots.ts";
import type { ValueAbi } from "./value-abi.ts";

type AbiOf = (type: WitType) => ValueAbi;
type Named = Record<string, unknown>;

export function recordAbi(type: Extract<WitType, { kind: "record" }>, abiOf: AbiOf): ValueAbi {
  const names = type.fields.map(({ name }) => kebabToCamel(name));
  const parts = partsOf(
    type.fields.map((field) => field.type),
    abiOf,
  );
  const wanted = `the record ${type.name ?? `{ ${names.join(", ")} }`}`;
  return compound(
    parts,
    names.map((name) => `.${name}`),
    {
      collect: (part) => {
        const record: Named = {};
        for (let i = 0; i < names.length; i++) record[names[i] as string] = part(i);
        return record;
      },
      open: (value) => {
        if (typeof value !== "object" || value === null) throw new Misfit(value, wanted);
        return (i) => (value as Named)[names[i] as string];
      },
    },
  );
}

export function tupleAbi(type: Extract<WitType, { kind: "tuple" }>, abiOf: AbiOf): ValueAbi {
  const parts = partsOf(type.items, abiOf);
  const steps = type.items.map((_, i) => `[${i}]`);
  return compound(parts, steps, {
    collect: (part) => parts.map((_, i) => part(i)),
    open: (value) => {
      if (!Array.isArray(value) || value.length !== parts.length) throw new Misfit(value, `a tuple of ${parts.length}`);
      return (i) => value[i] as unknown;
    },
  });
}

/** One bit for each flag, from the lowest on; bits that stand for none are passed over. */
export function flagsAbi(type: Extract<WitType, { kind: "flags" }>): ValueAbi {
  const names = type.flags.map(kebabToCamel);
  const { size, flat } = layoutOf(type);
  const up = (word: (i: number) => number): Named => {
    const value: Named = {};
    for (const [i, name] of names.entries()) value[name] = ((word(i >> 5) >>> (i & 31)) & 1) === 1;
    return value;
  };
  const down = (value: unknown): number[] => {
    if (typeof value !== "object" || value === null)
      throw new Misfit(value, `the flags ${type.name ?? names.join(", ")}`);
    const words = Array.from({ length: Math.ceil(names.length / 32) }, () => 0);
    for (const [i, name] of names.entries()) {
      const set = (value as Named)[name];
      if (set !== undefined && typeof set !== "boolean") throw new Misfit(set, "true or false").within(`.${name}`);
      if (set === true) words[i >> 5] = (words[i >> 5] as number) | (1 << (i & 31));
    }
    return words;
  };
  return {
    load: ({ view }, at) =>
      up((i) =>
        size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at, true) : view.getUint32(at + 4 * i, true),
      ),
    store: ({ view }, value, at) => {
      const words = down(value);
      if (size === 1) view.setUint8(at, words[0] as number);
      else if (size === 2) view.setUint16(at, words[0] as number, true);
      else for (const [i, word] of words.entries()) view.setInt32(at + 4 * i, word, true);
    },
    liftFlat: (slots, at) => {
      const reads = flat.map((_, i) => readI32(slots, at + i));
      return (_, values) => up((i) => reads[i]?.(values) ?? 0);
    },
    lowerFlat: (slots, at) => {
      const writes = flat.map((_, i) => writeI32(slots, at + i));
      return (_, value, values) => {
        for (const [i, word] of down(value).entries()) writes[i]?.(values, word);
      };
    },
  };
}

interface Part {
  readonly abi: ValueAbi;
  /** In memory, from the whole's beginning. */
  readonly offset: number;
  /** Among the whole's core values. */
  readonly slot: number;
}

function partsOf(types: readonly WitType[], abiOf: AbiOf): Part[] {
  const { offsets } = sequenceLayout(types);
  let slot = 0;
  return types.map((type, i) => {
    const part = { abi: abiOf(type), offset: offsets[i] as number, slot };
    slot += layoutOf(type).flat.length;
    return part;
  });
}

interface Shape {
  readonly collect: (part: (i: number) => unknown) => unknown;
  readonly open: (value: unknown) => (i: number) => unknown;
}

/** A type whose parts lie one after the other. */
function compound(parts: readonly Part[], steps: readonly string[], { collect, open }: Shape): ValueAbi {
  const count = parts.length;
  const each = (value: unknown, put: (i: number, part: unknown) => void): void => {
    const part = open(value);
    let i = 0;
    try {
      for (; i < count; i++) put(i, part(i));
    } catch (error) {
      throw within(error, steps[i] as string);
    }
  };
  return {
    load: (memory, at) =>
      collect((i) => {
        const { abi, offset } = parts[i] as Part;
        return abi.load(memory, at + offset);
      }),
    store: (memory, value, at) =>
      each(value, (i, part) => {
        const { abi, offset } = parts[i] as Part;
        abi.store(memory, part, at + offset);
      }),
    liftFlat: (slots, at) => {
      const lifts = parts.map(({ abi, slot }) => abi.liftFlat(slots, at + slot));
      return (memory, flat) => collect((i) => lifts[i]?.(memory, flat));
    },
    lowerFlat: (slots, at) => {
      const lowers = parts.map(({ abi, slot }) => abi.lowerFlat(slots, at + slot));
      return (memory, value, flat) => each(value, (i, part) => lowers[i]?.(memory, part, flat));
    },
  };
}
