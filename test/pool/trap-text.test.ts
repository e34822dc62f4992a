import { expect, test } from "vitest";
import { trapText } from "../../host/component/pool/trap-text.ts";
import { GuestTrap } from "../../host/ports/components.ts";

const named = (text: string) => [text.length, ...Buffer.from(text)];
const preamble = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const section = (id: number, bytes: readonly number[]) => [id, bytes.length, ...bytes];

/** Function 0 is unreachable, function 1 calls it and is exported as `go`; a name section when there are names. */
function trapOf(names?: readonly [string, string]): Error {
  const nameSection =
    names === undefined
      ? []
      : section(0, [...named("name"), ...section(1, [2, 0, ...named(names[0]), 1, ...named(names[1])])]);
  const module = new WebAssembly.Module(
    Uint8Array.from([
      ...preamble,
      ...section(1, [1, 0x60, 0, 0]),
      ...section(3, [2, 0, 0]),
      ...section(7, [1, ...named("go"), 0, 1]),
      ...section(10, [2, 3, 0, 0x00, 0x0b, 4, 0, 0x10, 0, 0x0b]),
      ...nameSection,
    ]),
  );
  const go = new WebAssembly.Instance(module).exports["go"] as () => void;
  try {
    go();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not trap");
}

test("a trap is told with the guest's functions that led to it, the innermost first", () => {
  const cause = trapOf(["deep", "outer"]);
  expect(trapText(new GuestTrap(cause.message, { cause }))).toBe("unreachable (in deep < outer)");
});

test("a guest without names has its trap alone", () => {
  const cause = trapOf();
  expect(trapText(new GuestTrap(cause.message, { cause }))).toBe("unreachable");
});

test("of a longer message the first line is told", () => {
  expect(trapText(new GuestTrap("exit(err)\nand more"))).toBe("exit(err)");
});
