import { describe, expect, test } from "vitest";
import {
  childId,
  delayId,
  type ExecutionId,
  isTopLevel,
  type JoinSetId,
  oneOffJoinSet,
  parentOf,
  parseExecutionId,
  rootOf,
} from "../../host/core/ids.ts";

const containing = (text: string): unknown => expect.stringContaining(text);

const root = "E_01K42AJA8QHD7D3GTJAYMASFY0" as ExecutionId;

describe("an execution's id", () => {
  test.each([
    root,
    `${root}.n:fetch_1`,
    `${root}.o:1_1`,
    `${root}.o:12-send-mail_3.g:2_10`,
    `${root}.n:a_b/c-D_2_1`,
    `${root}.n:${"n".repeat(256)}_1`,
    `${root}.n:1_1.n:_1`.replace("n:_1", "n:__1"),
  ])("%s is read", (text) => {
    expect(parseExecutionId(text)).toEqual({ ok: true, value: text });
  });

  test.each([
    ["", "begins with E_"],
    ["D_01K42AJA8QHD7D3GTJAYMASFY0", "begins with E_"],
    ["e_01K42AJA8QHD7D3GTJAYMASFY0", "begins with E_"],
    ["E_01K42AJA8QHD7D3GTJAYMASFY", "26 characters, and here are 25"],
    ["E_01K42AJA8QHD7D3GTJAYMASFY01", "26 characters, and here are 27"],
    ["E_01K42AJA8QHD7D3GTJAYMASFYO", "without I, L, O and U"],
    ["E_01k42aja8qhd7d3gtjaymasfy0", "capital letters"],
    ["E_81K42AJA8QHD7D3GTJAYMASFY0", "digit from 0 to 7"],
    [`${root}.`, '"" is not a join set'],
    [`${root}.n:fetch`, '"n:fetch" is not a join set'],
    [`${root}.n:fetch_0`, "is not a join set"],
    [`${root}.n:fetch_01`, "is not a join set"],
    [`${root}.n:_1`, "is not a join set"],
    [`${root}.x:fetch_1`, "is not a join set"],
    [`${root}.o:0_1`, "is not a join set"],
    [`${root}.o:1-_1`, "is not a join set"],
    [`${root}.g:1-name_1`, "is not a join set"],
    [`${root}.n:fe tch_1`, "is not a join set"],
    [`${root}.n:${"n".repeat(257)}_1`, "is not a join set"],
    [`${root}.o:1-${"n".repeat(257)}_1`, "is not a join set"],
    [`${root}.n:a_1.n:b`, '"n:b" is not a join set'],
    [`${root}\n`, "without I, L, O and U"],
  ])("%j is refused", (text, problem) => {
    expect(parseExecutionId(text)).toMatchObject({ ok: false, problem: containing(problem) });
  });
});

test("children's and delays' ids follow from where they were submitted", () => {
  const set = "n:my_set" as JoinSetId;
  const child = childId(root, set, 2);
  expect(child).toBe(`${root}.n:my_set_2`);
  expect(delayId(child, oneOffJoinSet(1), 1)).toBe("D_01K42AJA8QHD7D3GTJAYMASFY0.n:my_set_2.o:1_1");
  expect(parentOf(child)).toEqual({ parent: root, joinSet: set, index: 2 });
  const grandchild = childId(child, oneOffJoinSet(3, "step"), 1);
  expect(parentOf(grandchild)).toEqual({ parent: child, joinSet: "o:3-step", index: 1 });
  expect(rootOf(grandchild)).toBe(root);
  expect(rootOf(root)).toBe(root);
  expect(parentOf(root)).toBeUndefined();
  expect([root, child, grandchild].map(isTopLevel)).toEqual([true, false, false]);
  for (const id of [child, grandchild]) expect(parseExecutionId(id).ok).toBe(true);
});

test("a one-off join set carries its name, if it has one", () => {
  expect([oneOffJoinSet(1), oneOffJoinSet(2, ""), oneOffJoinSet(3, "send-mail")]).toEqual([
    "o:1",
    "o:2",
    "o:3-send-mail",
  ]);
});
