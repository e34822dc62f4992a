import type { WitType } from "../core/wit/type.ts";
import type { Abi } from "./abi.ts";
import { choiceAbi } from "./abi-choice.ts";
import { handleAbi } from "./abi-handle.ts";
import { listAbi } from "./abi-list.ts";
import { primitiveAbi } from "./abi-primitive.ts";
import { flagsAbi, recordAbi, tupleAbi } from "./abi-record.ts";
import { stringAbi } from "./abi-string.ts";

const abis = new WeakMap<WitType, Abi>();

/** The ABI of a type, made once for each type object. */
export function abiOf(type: WitType): Abi {
  let abi = abis.get(type);
  if (abi === undefined) {
    abi = make(type);
    abis.set(type, abi);
  }
  return abi;
}

function make(type: WitType): Abi {
  switch (type.kind) {
    case "string":
      return stringAbi;
    case "list":
      return listAbi(type, abiOf(type.element));
    case "record":
      return recordAbi(type, abiOf);
    case "tuple":
      return tupleAbi(type, abiOf);
    case "flags":
      return flagsAbi(type);
    case "variant":
    case "enum":
    case "option":
    case "result":
      return choiceAbi(type, abiOf);
    case "own":
    case "borrow":
      return handleAbi(type);
    case "stream":
    case "future":
    case "error-context":
      throw new Error(`${type.kind} is refused when a component is read`);
    default:
      return primitiveAbi(type.kind);
  }
}
