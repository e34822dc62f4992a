import type { Json } from "../json.ts";
import type { Coder } from "./coder.ts";
import { Mismatch, misfit, unlike } from "./mismatch.ts";
import type { PrimitiveKind } from "./type.ts";

/** Adding 0 turns -0 into 0 here and below. JSON.stringify drops the sign of zero, so a first run
 *  must not see it either: what comes from a journal must equal what was put into it. */
function integer(kind: PrimitiveKind, min: number, max: number): Coder {
  return {
    write: (value) => value as number,
    read: (json) => {
      if (typeof json !== "number") return unlike(json, { kind });
      return json >= min && json <= max && Number.isInteger(json) ? json + 0 : misfit(json, { kind });
    },
  };
}

const digits = /^-?(?:0|[1-9]\d{0,19})$/;
const safeMax = BigInt(Number.MAX_SAFE_INTEGER);

/** Beyond 2^53 a JSON number has lost digits in most readers, this one included: there the digits stand in a string. */
function longInteger(kind: "u64" | "s64", min: bigint, max: bigint): Coder {
  const inRange = (value: bigint, json: unknown) => (value >= min && value <= max ? value : misfit(json, { kind }));
  return {
    write: (value) => writeLong(value as bigint),
    read: (json) => {
      switch (typeof json) {
        case "number":
          if (Number.isSafeInteger(json)) return inRange(BigInt(json), json);
          return Number.isInteger(json)
            ? new Mismatch(`${json} may have lost digits as a JSON number, wanted ${kind}; write it as a string`)
            : misfit(json, { kind });
        case "string":
          return digits.test(json) ? inRange(BigInt(json), json) : unlike(json, { kind });
        case "bigint":
          return inRange(json, json);
        default:
          return unlike(json, { kind });
      }
    },
  };
}

function writeLong(value: bigint): Json {
  return value <= safeMax && value >= -safeMax ? Number(value) : String(value);
}

const notNumbers = new Map([
  ["NaN", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
]);

/** `round` maps a finite number to the nearest of the type, `shorten` back to the shortest decimal that rounds to it. */
function float(kind: "f32" | "f64", round: (value: number) => number, shorten: (value: number) => number): Coder {
  return {
    write: (value) => {
      const number = value as number;
      if (Number.isFinite(number)) return shorten(number) + 0;
      if (Number.isNaN(number)) return "NaN";
      return number > 0 ? "inf" : "-inf";
    },
    read: (json) => {
      if (typeof json === "string") return notNumbers.get(json) ?? unlike(json, { kind });
      if (typeof json !== "number") return unlike(json, { kind });
      const rounded = round(json) + 0;
      return Number.isFinite(rounded) ? rounded : misfit(json, { kind });
    },
  };
}

/** Nine digits tell any f32 from its neighbours; most need six, as 0.1 does, which is 0.10000000149011612 in f64. */
function shortenF32(value: number): number {
  if (Number.isInteger(value)) return value;
  for (let precision = 6; precision < 9; precision++) {
    const shorter = Number(value.toPrecision(precision));
    if (Math.fround(shorter) === value) return shorter;
  }
  return Number(value.toPrecision(9));
}

const bool: Coder = {
  write: (value) => value as boolean,
  read: (json) => (typeof json === "boolean" ? json : unlike(json, { kind: "bool" })),
};

const string: Coder = {
  write: (value) => value as string,
  read: (json) => {
    if (typeof json !== "string") return unlike(json, { kind: "string" });
    return json.isWellFormed() ? json : new Mismatch("found half of a surrogate pair, wanted string, which is Unicode");
  },
};

const char: Coder = {
  write: (value) => value as string,
  read: (json) => {
    if (typeof json !== "string") return unlike(json, { kind: "char" });
    const length = (json.codePointAt(0) ?? 0) > 0xffff ? 2 : 1;
    return json.length === length && json.isWellFormed() ? json : unlike(json, { kind: "char" });
  },
};

export const scalarCoders: Readonly<Record<PrimitiveKind, Coder>> = {
  bool,
  u8: integer("u8", 0, 0xff),
  u16: integer("u16", 0, 0xffff),
  u32: integer("u32", 0, 0xffff_ffff),
  u64: longInteger("u64", 0n, 2n ** 64n - 1n),
  s8: integer("s8", -0x80, 0x7f),
  s16: integer("s16", -0x8000, 0x7fff),
  s32: integer("s32", -0x8000_0000, 0x7fff_ffff),
  s64: longInteger("s64", -(2n ** 63n), 2n ** 63n - 1n),
  f32: float("f32", Math.fround, shortenF32),
  f64: float(
    "f64",
    (value) => value,
    (value) => value,
  ),
  char,
  string,
};
