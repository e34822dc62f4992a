import { attempts as ways } from "./escape/attempts.ts";
import { httpAttempts } from "./escape/http-attempts.ts";

const asynchronous: Readonly<Record<string, (argument: string) => Promise<string>>> = {
  fetch: (url) => said(fetch(url).then(({ status }) => `answered ${status}`)),
  "flood-console": (lines) => {
    for (let left = Number(lines); left > 0; left--) console.log("x".repeat(1_000));
    return Promise.resolve("flooded");
  },
  import: (name) => said((Function("name", "return import(name)") as (name: string) => Promise<unknown>)(name)),
};

/** `got …`, or which error it was refused with. */
function said(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    (value) => `got ${String(value)}`,
    (error: unknown) => `refused ${error instanceof Error ? error.name : typeof error}`,
  );
}

export const attempts = {
  async attempt(what: string, argument: string): Promise<string> {
    const way = ways[what] ?? httpAttempts[what] ?? asynchronous[what];
    if (way === undefined) throw "nothing is tried by that name";
    return way(argument);
  },
};
