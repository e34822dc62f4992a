import { expect, test } from "vitest";
import { growth } from "./trend.ts";

test.each<[string, readonly number[], number]>([
  ["what stays the same", [5, 5, 5, 5], 0],
  ["what grows evenly", [1, 3, 5, 7], 6],
  ["what stands out once", [5, 5, 90, 5, 5, 5], 0],
  ["what falls", [7, 5, 3], -4],
])("%s", (_, samples, by) => {
  expect(growth(samples)).toBe(by);
});
