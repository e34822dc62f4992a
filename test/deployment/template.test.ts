/** How a manifest's text names variables of the host. `${…}` is the manifest's here, not JavaScript's. */
import { describe, expect, test } from "vitest";
import { expand, parseTemplate, variablesOf } from "../../host/deployment/template.ts";

const environment = new Map([
  ["A", "alpha"],
  ["EMPTY", ""],
  ["DOLLAR", "${A}"],
]);

function read(text: string) {
  const template = parseTemplate(text);
  if (!template.ok) throw new Error(template.problem);
  const missing: string[] = [];
  const value = expand(template.value, environment, (name) => missing.push(name));
  return { value, missing, variables: variablesOf(template.value) };
}

describe("a template", () => {
  test.each<[string, string]>([
    ["", ""],
    ["plain $A {A} } $", "plain $A {A} } $"],
    ["${A}", "alpha"],
    ["<${A}${A}>", "<alphaalpha>"],
    ["$${A}", "$alpha"],
    ["${EMPTY}", ""],
    ["${EMPTY-d}", ""],
    ["${EMPTY:-d}", "d"],
    ["${UNSET-d}", "d"],
    ["${UNSET:-d}", "d"],
    ["${UNSET-}", ""],
    ["${A:-d}", "alpha"],
    ["${UNSET:-x ${A} y}", "x alpha y"],
    ["${UNSET:-${EMPTY:-${UNSET-deep}}}!", "deep!"],
    ["${UNSET:-a:-b-c}", "a:-b-c"],
    // A value is not read again.
    ["${DOLLAR}", "${A}"],
    ["${UNSET-{}}", "{}"],
  ])("%s is %s", (text, value) => {
    expect(read(text)).toMatchObject({ value, missing: [] });
  });

  test("tells of variables that are unset without a default, where they are needed", () => {
    expect(read("${UNSET} ${constructor} ${A:-${OTHER}} ${UNSET-${THIRD}}")).toEqual({
      value: "  alpha ",
      missing: ["UNSET", "constructor", "THIRD"],
      variables: ["UNSET", "constructor", "A", "OTHER", "UNSET", "THIRD"],
    });
  });

  test.each<[string, RegExp]>([
    ["${", /none of/],
    ["${A", /none of/],
    ["${}", /none of/],
    ["${1A}", /none of/],
    ["${A:d}", /none of/],
    ["${A:=d}", /none of/],
    ["${A:-d", /no \} at the end of the default of A/],
    ["${A-${B}", /no \} at the end of the default of A/],
    ["${A-".repeat(10) + "}".repeat(10), /more than 8 deep/],
    ["${A-".repeat(100_000), /more than 8 deep/],
  ])("%.20s… is none", (text, problem) => {
    expect(parseTemplate(text)).toEqual({ ok: false, problem: expect.stringMatching(problem) as string });
  });
});
