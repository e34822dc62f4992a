import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { buildGuest, guestFile } from "../../components/guests.ts";
import { digestOf, readComponentType } from "../../host/component/component.ts";
import { signatureText, typeText } from "../../host/core/wit/text.ts";
import type { InterfaceType } from "../../host/core/wit/type.ts";
import { component } from "../support/wat.ts";

const signatures = (of: InterfaceType | undefined): string[] =>
  [...(of?.functions ?? [])].map(([name, type]) => signatureText(name, type));

describe("the type of a component", () => {
  beforeAll(async () => {
    await buildGuest("tiny-workflow");
    await buildGuest("workflow");
  });

  test("built from C", () => {
    const type = readComponentType(readFileSync(guestFile("tiny-workflow")));
    expect([...type.imports.keys()]).toEqual([
      "bench:tiny/acts@0.1.0",
      "obelisk:types/time@5.0.0",
      "obelisk:workflow/workflow-support@6.0.0",
    ]);
    expect(signatures(type.imports.get("bench:tiny/acts@0.1.0"))).toEqual([
      "step: func(index: u32, payload: string) -> result<string, string>",
    ]);
    expect(signatures(type.imports.get("obelisk:workflow/workflow-support@6.0.0"))).toEqual([
      "sleep: func(schedule-at: schedule-at, name: option<string>) -> result<datetime>",
    ]);
    expect(signatures(type.exports.get("bench:tiny/flow@0.1.0"))).toContain(
      "sleep-times: func(times: u32, ms: u64) -> result<u32, string>",
    );
  });

  test("built from TypeScript, with methods of resources", () => {
    const type = readComponentType(readFileSync(guestFile("workflow")));
    expect(signatures(type.imports.get("obelisk:types/join-set@5.0.0"))).toEqual([
      "[method]join-set.id: func(self: borrow<join-set>) -> string",
      "[method]join-set.last-id: func(self: borrow<join-set>) -> option<response-id>",
    ]);
    expect(type.imports.get("wasi:io/poll@0.2.12")?.functions.size).toBe(2);
    const support = type.imports.get("obelisk:workflow/workflow-support@6.0.0");
    expect(signatures(support)).toContain("join-set-close: func(self: join-set)");
    expect(signatures(support)).toContain(
      "submit-delay: func(join-set: borrow<join-set>, timeout: schedule-at) -> delay-id",
    );
  });

  test("keeps every type whole, and the names of those that have one", async () => {
    const type = readComponentType(
      await component(`
        (type $item' (record (field "name" string) (field "count" u8)))
        (import "item" (type $item (eq $item')))
        (type $choice' (variant (case "none") (case "one" $item) (case "many" (list $item))))
        (import "choice" (type $choice (eq $choice')))
        (type $tone' (enum "low" "high"))
        (import "tone" (type $tone (eq $tone')))
        (type $marks' (flags "a" "b-c"))
        (import "marks" (type $marks (eq $marks')))
        (import "all" (func (param "a" $choice) (param "b" (tuple bool s8 u16 s16 u32 s32 u64 s64 f32 f64 char))
          (param "c" (option (option $tone))) (param "d" (list $marks 3)) (result (result (error $item)))))`),
    );
    const all = type.imports.get("$root")?.functions.get("all");
    expect(signatureText("all", all!)).toBe(
      "all: func(a: choice, b: tuple<bool, s8, u16, s16, u32, s32, u64, s64, f32, f64, char>, " +
        "c: option<option<tone>>, d: list<marks, 3>) -> result<_, item>",
    );
    expect(all!.params[0]!.type).toEqual({
      kind: "variant",
      name: "choice",
      cases: [
        { name: "none" },
        {
          name: "one",
          type: {
            kind: "record",
            name: "item",
            fields: [
              { name: "name", type: { kind: "string" } },
              { name: "count", type: { kind: "u8" } },
            ],
          },
        },
        { name: "many", type: { kind: "list", element: expect.objectContaining({ name: "item" }) as unknown } },
      ],
    });
  });

  test("shares one object among all handles of a resource, also when another interface uses it", async () => {
    const type = readComponentType(
      await component(`
        (import "test:a/one" (instance $one
          (export "pen" (type $pen (sub resource)))
          (export "make" (func (result (own $pen))))))
        (alias export $one "pen" (type $pen))
        (import "test:a/two" (instance
          (alias outer 1 $pen (type $p))
          (export "pen" (type $used (eq $p)))
          (export "take" (func (param "it" (own $used)) (param "other" (borrow $used))))))
        (import "test:a/three" (instance
          (export "pen" (type $own (sub resource)))
          (export "take" (func (param "it" (own $own))))))`),
    );
    const handle = (of: string, name: string) => type.imports.get(of)!.functions.get(name)!;
    const made = handle("test:a/one", "make").result;
    const [taken, lent] = handle("test:a/two", "take").params.map((param) => param.type);
    const stranger = handle("test:a/three", "take").params[0]!.type;
    const resource = (of: unknown) => (of as { resource: object }).resource;
    expect(resource(taken)).toBe(resource(made));
    expect(resource(lent)).toBe(resource(made));
    expect(resource(stranger)).not.toBe(resource(made));
    expect(typeText(stranger)).toBe("pen");
  });

  test("names that objects of JavaScript have themselves are names like others", async () => {
    const type = readComponentType(
      await component(`
        (import "constructor" (func (param "to-string" u8)))
        (import "test:proto/constructor" (instance (export "value-of" (func)) (export "has-own-property" (func))))`),
    );
    expect([...type.imports.keys()]).toEqual(["test:proto/constructor", "$root"]);
    expect(signatures(type.imports.get("test:proto/constructor"))).toEqual([
      "value-of: func()",
      "has-own-property: func()",
    ]);
  });

  test("a digest is that of the bytes", () => {
    expect(digestOf(new TextEncoder().encode("abc"))).toBe(
      "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
});
