import { expect, test } from "vitest";
import { NameLookups } from "../../host/component/wasi/name-lookups.ts";

/** A resolver that answers when it is told to. */
function slow() {
  const began: string[] = [];
  const answers = new Map<string, () => void>();
  const lookups = new NameLookups((host) => {
    began.push(host);
    return new Promise((resolve) => answers.set(host, () => resolve([`of ${host}`])));
  });
  const answer = async (host: string) => {
    answers.get(host)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { lookups, began, answer };
}

const always = () => true;

test("names are looked up two at a time, and those who ask take turns", async () => {
  const { lookups, began, answer } = slow();
  const [greedy, modest] = [{}, {}];
  const many = ["a", "b", "c", "d", "e"].map((host) => lookups.resolve(host, greedy, always));
  const one = lookups.resolve("x", modest, always);
  expect(began).toEqual(["a", "b"]);
  await answer("a");
  await answer("b");
  expect(began).toEqual(["a", "b", "c", "x"]);
  for (const host of ["c", "x", "d", "e"]) await answer(host);
  expect(await one).toEqual(["of x"]);
  expect(await Promise.all(many)).toEqual(["a", "b", "c", "d", "e"].map((host) => [`of ${host}`]));
});

test("a name that nobody wants any more is not looked up", async () => {
  const { lookups, began, answer } = slow();
  let wanted = true;
  const asked = ["a", "b", "c"].map((host) => lookups.resolve(host, {}, () => wanted));
  wanted = false;
  await answer("a");
  await answer("b");
  expect(await Promise.all(asked)).toEqual([["of a"], ["of b"], []]);
  expect(began).toEqual(["a", "b"]);
});

test("a lookup that fails makes room for the next", async () => {
  const lookups = new NameLookups((host) => Promise.reject(new Error(`no ${host}`)));
  const asked = ["a", "b", "c"].map((host) => lookups.resolve(host, {}, always));
  const ends = await Promise.allSettled(asked);
  expect(ends.map((end) => end.status === "rejected" && String(end.reason))).toEqual([
    "Error: no a",
    "Error: no b",
    "Error: no c",
  ]);
});
