import { expect, test } from "vitest";
import {
  readBuildRecord,
  readSources,
  withCustomSection,
  withoutInitExport,
} from "../../host/component/build/sections.ts";

const empty = Uint8Array.of(0, 97, 115, 109, 13, 0, 1, 0);
const sources = { entry: "ä.ts", files: { "ä.ts": "x".repeat(70_000), "b/c.ts": "" } };
const record = { stele: "0.1.0", engine: "quickjs", jco: "1.35.0", world: "guest" };

test("what is put into a component is read back, whatever else is in it", () => {
  const built = withCustomSection(withCustomSection(empty, "stele:source", sources), "stele:build", record);
  expect(readSources(built)).toEqual(sources);
  expect(readBuildRecord(built)).toEqual(record);
  expect(readSources(empty)).toBeUndefined();
  expect(readBuildRecord(empty)).toBeUndefined();
});

test("bytes that are cut off or no component hold nothing", () => {
  const built = withCustomSection(empty, "stele:source", sources);
  for (let length = 0; length < built.length; length += 997)
    expect(readSources(built.subarray(0, length))).toBeUndefined();
  expect(readSources(new Uint8Array(100).fill(255))).toBeUndefined();
  const unfit = (value: unknown) => withCustomSection(empty, "stele:source", value as typeof sources);
  for (const value of [null, 1, {}, { entry: 1, files: {} }, { entry: "a" }])
    expect(readSources(unfit(value))).toBeUndefined();
});

test("only an export of the function `init` is taken away", () => {
  const named = (name: string, sort: number) => {
    const contents = [1, 0, name.length, ...new TextEncoder().encode(name), sort, 0, 0];
    return Uint8Array.of(...empty, 11, contents.length, ...contents, 0, 2, 1, 97);
  };
  expect([...withoutInitExport(named("init", 1))]).toEqual([...empty, 0, 2, 1, 97]);
  for (const other of [named("inix", 1), named("init", 5), named("init2", 1), empty])
    expect(withoutInitExport(other)).toBe(other);
});
