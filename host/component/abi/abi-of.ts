import { AssertionError } from "../../core/assert.ts";
import type { WitType } from "../../core/wit/type.ts";
import { choiceAbi } from "./choice-abi.ts";
import { handleAbi } from "./handle-abi.ts";
import { listAbi } from "./list-abi.ts";
import { primitiveAbi } from "./primitive-abi.ts";
import { flagsAbi, recordAbi, tupleAbi } from "./record-abi.ts";
import { stringAbi } from "./string-abi.ts";
import type { ValueAbi } from "./value-abi.ts";

const abis = new WeakMap<WitType, ValueAbi>();

/** The ABI of a type, made once for each type object. */
export function abiOf(type: WitType): ValueAbi {
  let abi = abis.get(type);
  if (abi === undefined) {
    abi = makeAbi(type);
    abis.set(type, abi);
  }
  return abi;
}

function makeAbi(type: WitType): ValueAbi {
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
      throw new AssertionError(`${type.kind} is refused when a component is read`);
    default:
      return primitiveAbi(type.kind);
  }
}
