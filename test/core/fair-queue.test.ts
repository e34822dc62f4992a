import { array, assert, constantFrom, integer, oneof, property, record } from "fast-check";
import { expect, test } from "vitest";
import { FairQueue } from "../../host/core/fair-queue.ts";
import type { ExecutionId } from "../../host/core/ids.ts";

const rootOf = (text: string) => text.charAt(0) as ExecutionId;

function queueOf(...values: string[]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const value of values) queue.add(rootOf(value), value);
  return queue;
}

function takeAll(queue: FairQueue<string>): string[] {
  const taken: string[] = [];
  for (let value = queue.take(); value !== undefined; value = queue.take()) taken.push(value);
  return taken;
}

test.each([
  ["nothing", [], []],
  ["one root: in order", ["a1", "a2", "a3"], ["a1", "a2", "a3"]],
  ["two roots: in turn", ["a1", "a2", "a3", "b1", "b2"], ["a1", "b1", "a2", "b2", "a3"]],
  [
    "one that has no more leaves its turn to the others",
    ["a1", "b1", "b2", "c1", "c2"],
    ["a1", "b1", "c1", "b2", "c2"],
  ],
  ["a value that waits already waits once", ["a1", "b1", "a1"], ["a1", "b1"]],
])("%s", (_, values, order) => {
  expect(takeAll(queueOf(...values))).toEqual(order);
});

test("a root that comes is the last in turn, however many of another wait", () => {
  const queue = queueOf("a1", "a2", "a3", "b1");
  expect(queue.take()).toBe("a1");
  queue.add(rootOf("c1"), "c1");
  expect(takeAll(queue)).toEqual(["b1", "a2", "c1", "a3"]);
});

/** What the queue stands for: for each root its values, the root whose turn it is first. */
class Model {
  readonly roots: { readonly root: string; readonly values: string[] }[] = [];

  add(value: string): void {
    const known = this.roots.find(({ root }) => root === rootOf(value));
    if (known === undefined) this.roots.push({ root: rootOf(value), values: [value] });
    else if (!known.values.includes(value)) known.values.push(value);
  }

  take(): string | undefined {
    const first = this.roots.shift();
    const value = first?.values.shift();
    if (first !== undefined && first.values.length > 0) this.roots.push(first);
    return value;
  }

  delete(value: string): void {
    const index = this.roots.findIndex(({ values }) => values.includes(value));
    const values = this.roots[index]?.values;
    values?.splice(values.indexOf(value), 1);
    if (values?.length === 0) this.roots.splice(index, 1);
  }

  get size(): number {
    return this.roots.reduce((sum, { values }) => sum + values.length, 0);
  }
}

test("whoever comes, is taken or leaves, whose turn it is stays right", () => {
  const value = record({ root: constantFrom("a", "b", "c"), n: integer({ min: 0, max: 5 }) }).map(
    ({ root, n }) => `${root}${n}`,
  );
  const step = oneof(
    value.map((of) => ({ kind: "add" as const, of })),
    value.map((of) => ({ kind: "delete" as const, of })),
    constantFrom({ kind: "take" as const }),
  );
  assert(
    property(array(step, { maxLength: 100 }), (steps) => {
      const queue = new FairQueue<string>();
      const model = new Model();
      for (const one of steps) {
        if (one.kind === "take") expect(queue.take()).toBe(model.take());
        else if (one.kind === "delete") {
          queue.delete(one.of);
          model.delete(one.of);
        } else {
          queue.add(rootOf(one.of), one.of);
          model.add(one.of);
        }
        expect(queue.size).toBe(model.size);
      }
      expect(takeAll(queue)).toHaveLength(model.size);
    }),
  );
});
