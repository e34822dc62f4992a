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
const attemptOf = (component: string) => ({ component, attempt: {} });

test("names are looked up two at a time, and attempts take turns", async () => {
  const { lookups, began, answer } = slow();
  const [greedy, modest] = [attemptOf("one"), attemptOf("one")];
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

test("components take turns, however many attempts each has", async () => {
  const { lookups, began, answer } = slow();
  for (const host of ["a", "b", "c", "d", "e"]) void lookups.resolve(host, attemptOf("greedy"), always);
  for (const host of ["x", "y"]) void lookups.resolve(host, attemptOf("modest"), always);
  for (const host of ["a", "b", "x", "c", "y", "d", "e"]) await answer(host);
  expect(began).toEqual(["a", "b", "c", "x", "d", "y", "e"]);
});

test("a name that nobody wants any more is not looked up", async () => {
  const { lookups, began, answer } = slow();
  let wanted = true;
  const asked = ["a", "b", "c"].map((host) => lookups.resolve(host, attemptOf("one"), () => wanted));
  wanted = false;
  await answer("a");
  await answer("b");
  expect(await Promise.all(asked)).toEqual([["of a"], ["of b"], []]);
  expect(began).toEqual(["a", "b"]);
});

test("a lookup that fails makes room for the next", async () => {
  const lookups = new NameLookups((host) => Promise.reject(new Error(`no ${host}`)));
  const asked = ["a", "b", "c"].map((host) => lookups.resolve(host, attemptOf("one"), always));
  const ends = await Promise.allSettled(asked);
  expect(ends.map((end) => end.status === "rejected" && String(end.reason))).toEqual([
    "Error: no a",
    "Error: no b",
    "Error: no c",
  ]);
});
