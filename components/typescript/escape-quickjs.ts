import { attempts as ways } from "./escape/attempts.ts";

export const attempts = {
  attempt(what: string, argument: string): string {
    const way = ways[what];
    if (way === undefined) throw "nothing is tried by that name";
    return way(argument);
  },
};
