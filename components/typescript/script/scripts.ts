import type { FlowError } from "contract:guests/script@1.0.0";
import { type End, Script, type U64 } from "./script.ts";

/** Kept as long as the instance, so that no collector drops a join set at a moment of its own. */
const kept: Script[] = [];

/** The exports of a script guest. `u64` reads a 64-bit integer as the engine has them. */
export function scriptsWith(u64: (digits: string) => U64) {
  const end = (text: string): End => {
    const script = new Script(u64);
    kept.push(script);
    return script.run(text);
  };
  const run = (text: string): string => {
    const ended = end(text);
    if (ended.tag === "err") throw ended.text;
    return ended.text;
  };
  return {
    run,
    runCancellable: run,

    runTyped(text: string): number {
      const ended = end(text);
      if (ended.tag === "err") throw { tag: "refused", val: ended.text } satisfies FlowError;
      return ended.returned ? Number(ended.text) : ended.count;
    },

    bare(text: string): void {
      if (end(text).tag === "err") throw undefined;
    },
  };
}
