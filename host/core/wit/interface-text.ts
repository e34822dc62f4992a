import { HostError } from "../host-error.ts";
import { parseInterfaceName } from "../names.ts";
import { freeName } from "./extension.ts";
import { typeText } from "./text.ts";
import type { FunctionType, InterfaceType, ResourceType, WitType } from "./type.ts";
import type { TypeHome, TypeHomes } from "./type-homes.ts";

/** An interface as WIT, `interface cards { … }`. Types of other interfaces are used from there, under another name where
 *  theirs is taken. Throws HostError `component-refused` for what WIT can't write. */
export function interfaceText(of: InterfaceType, homes: TypeHomes): string {
  return new InterfaceWriter(of, homes).text();
}

class InterfaceWriter {
  readonly #of: InterfaceType;
  readonly #homes: TypeHomes;
  /** By home, what a type of another interface is called in here. */
  readonly #names = new Map<string, string>();
  /** By interface, the types used of it: their names there and in here. */
  readonly #uses = new Map<string, Map<string, string>>();

  constructor(of: InterfaceType, homes: TypeHomes) {
    this.#of = of;
    this.#homes = homes;
  }

  text(): string {
    const types = [...this.#of.types].flatMap(([name, type]) => this.#type(name, type));
    const functions = [...this.#of.functions].map(([name, type]) => this.#function(name, type));
    const blocks = [this.#usesText(), ...types, functions.join("\n")].filter((block) => block !== "");
    const parsed = parseInterfaceName(this.#of.name);
    return `interface ${escaped(parsed?.interface ?? "")} {\n${indented(blocks.join("\n\n"))}\n}`;
  }

  #type(name: string, type: WitType): string[] {
    const home = this.#homes.of(type);
    if (home === undefined) return [`type ${escaped(name)} = ${this.#typeText(type)};`];
    if (home.interfaceName === this.#of.name) {
      return [home.name === name ? this.#definition(name, type) : `type ${escaped(name)} = ${escaped(home.name)};`];
    }
    const known = this.#names.get(keyOf(home));
    if (known !== undefined && known !== name) return [`type ${escaped(name)} = ${escaped(known)};`];
    this.#use(home, name);
    return [];
  }

  #definition(name: string, type: WitType): string {
    switch (type.kind) {
      case "record": {
        const fields = type.fields.map((field) => `${escaped(field.name)}: ${this.#typeText(field.type)}`);
        return block(type.kind, name, fields);
      }
      case "variant": {
        const cases = type.cases.map((one) =>
          one.type === undefined ? escaped(one.name) : `${escaped(one.name)}(${this.#typeText(one.type)})`,
        );
        return block(type.kind, name, cases);
      }
      case "enum":
        return block(type.kind, name, type.cases.map(escaped));
      case "flags":
        return block(type.kind, name, type.flags.map(escaped));
      case "own":
        throw this.#refused(`defines the resource ${name}, which lives within one instance`);
      default:
        return `type ${escaped(name)} = ${typeText(type, (part) => (part === type ? undefined : this.#nameOf(part)))};`;
    }
  }

  #function(name: string, { params, result }: FunctionType): string {
    const list = params.map((param) => `${escaped(param.name)}: ${this.#typeText(param.type)}`).join(", ");
    return `${escaped(name)}: func(${list})${result === undefined ? "" : ` -> ${this.#typeText(result)}`};`;
  }

  #typeText(type: WitType): string {
    return typeText(type, (part) => this.#nameOf(part));
  }

  #nameOf(type: WitType | ResourceType): string | undefined {
    const home = this.#homes.of(type);
    if (home !== undefined) {
      const isOwn = home.interfaceName === this.#of.name;
      return escaped(isOwn ? home.name : (this.#names.get(keyOf(home)) ?? this.#use(home, this.#free(home.name))));
    }
    const nameless = "kind" in type && ["record", "variant", "enum", "flags"].includes(type.kind);
    if (nameless) throw this.#refused(`holds ${typeText(type)}, which no interface names`);
    return undefined;
  }

  #use(home: TypeHome, name: string): string {
    this.#names.set(keyOf(home), name);
    const uses = this.#uses.get(home.interfaceName) ?? new Map<string, string>();
    this.#uses.set(home.interfaceName, uses.set(home.name, name));
    return name;
  }

  #free(name: string): string {
    const names = new Set([...this.#of.types.keys(), ...this.#of.functions.keys(), ...this.#names.values()]);
    return freeName(name, (taken) => names.has(taken));
  }

  #usesText(): string {
    const here = packageOf(this.#of.name);
    const lines = [...this.#uses].map(([interfaceName, uses]) => {
      const names = [...uses].map(([name, as]) => (name === as ? escaped(name) : `${escaped(name)} as ${escaped(as)}`));
      const [, local = ""] = /\/([^@]*)/.exec(interfaceName) ?? [];
      const from = packageOf(interfaceName) === here ? escaped(local) : interfaceName.replace(local, escaped(local));
      return `use ${from}.{${names.join(", ")}};`;
    });
    return lines.join("\n");
  }

  #refused(why: string): HostError {
    return new HostError("component-refused", `${this.#of.name} ${why}`);
  }
}

/** `ns:pkg`, with its `@version`. */
export function packageOf(interfaceName: string): string {
  return interfaceName.replace(/\/[^@]*/, "");
}

function keyOf({ interfaceName, name }: TypeHome): string {
  return `${interfaceName} ${name}`;
}

function block(kind: string, name: string, members: readonly string[]): string {
  return `${kind} ${escaped(name)} {\n${members.map((member) => `    ${member},`).join("\n")}\n}`;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "    ");
}

const keywords: ReadonlySet<string> = new Set(
  (
    "use type func u8 u16 u32 u64 s8 s16 s32 s64 f32 f64 float32 float64 char bool string record resource own borrow " +
    "flags variant enum union option result future stream list map tuple error-context as from static interface import " +
    "export world include with package constructor async"
  ).split(" "),
);

/** A keyword that is used as a name has a mark in front. */
function escaped(name: string): string {
  return keywords.has(name) ? `%${name}` : name;
}
