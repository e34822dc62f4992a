/** Core code that names what the host adds to it, or keeps what no limit counts: it is refused. */
import { describe, expect, test } from "vitest";
import { prepareComponent } from "../../host/component/component.ts";
import { component, load } from "../support/wat.ts";

const looping = (body: string, around = "") =>
  `(core module ${around} (func (export "go") (loop $again ${body} (br $again))))`;

describe("a module that is valid only with what the host adds", () => {
  test.each<[what: string, text: string]>([
    ["refills its fuel", looping("(global.set 0 (i64.const 1000000))")],
    [
      "refills it behind a global of its own",
      looping("(global.set 1 (i64.const 9))", "(global (mut i32) (i32.const 0))"),
    ],
    ["exports its fuel", looping("", '(export "fuel" (global 0))')],
    ["writes to a table that it has not", looping("(table.set 0 (i32.const 0) (ref.null func))")],
    ["calls by a table that it has not", looping("(call_indirect 0 (type 0) (i32.const 0))", "(type (func))")],
    ["fills a table that it has not", `${looping("").slice(0, -1)} (func $f) (elem (i32.const 0) func $f))`],
    ["uses a type that it has not", looping("(block (type 1))")],
    ["reads a memory that it has not", looping("(drop (i32.load (i32.const 0)))")],
    ["begins with a parameter", "(core module (func $f (param i64)) (start $f))"],
  ])("%s", async (_what, text) => {
    const bytes = await component(text);
    await expect(prepareComponent(bytes)).rejects.toMatchObject({ code: "component-invalid" });
  });
});

describe("exceptions, which live in the engine's own heap", () => {
  test.each<[what: string, text: string, message: RegExp]>([
    ["in a table", "(core module (table 1 exnref))", /exceptions in a table/],
    ["in a table, by their long name", "(core module (table 1 (ref null exn)))", /exceptions in a table/],
    ["that carry much", `(core module (tag (param ${"i64 ".repeat(17)})))`, /more than 16 values/],
    [
      "that carry much, from elsewhere",
      `(core module $a (tag (export "t") (param ${"i64 ".repeat(17)})))
       (core instance $a (instantiate $a))
       (core module $b (import "a" "t" (tag (param ${"i64 ".repeat(17)}))))
       (core instance (instantiate $b (with "a" (instance $a))))`,
      /more than 16 values/,
    ],
  ])("%s are refused", async (_what, text, message) => {
    await expect(load(text)).rejects.toMatchObject({
      code: "component-refused",
      message: expect.stringMatching(message) as unknown,
    });
  });

  test("of a compiler's making are not", async () => {
    const caught = `(core module (tag $t (param i32)) (func (local exnref)
      (local.set 0 (block (result exnref) (try_table (catch_all_ref 0) (throw $t (i32.const 1))) (unreachable)))))`;
    expect((await load(caught)).type.imports.size).toBe(0);
  });
});
