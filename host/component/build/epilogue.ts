import type { Engine } from "./engine.ts";
import { jsName, moduleExport } from "./js-names.ts";
import type { WorldExport } from "./tool-requests.ts";

/** What stands in front of the names in the error with which an unfit guest stops its engine at build time. */
export const missingMark = "stele-missing:";
export const asyncMark = "stele-async:";

/** Code at the end of a guest's bundle. An engine runs it once, when it starts at build time, and keeps what it made;
 *  it knows the guest's exports as `guest`. */
export function epilogueFor(engine: Engine, exports: readonly WorldExport[]): string {
  const wanted = exports.map(({ interfaceName = "", functionName }) => {
    const [object, name] = [moduleExport(interfaceName), jsName(functionName)];
    return `[${JSON.stringify(`${object}.${name}`)}, guest.${object}?.${name}]`;
  });
  const checks = `{
  const wanted = [${wanted.join(", ")}];
  const refuse = (mark, unfit) => {
    const names = wanted.filter(([, value]) => unfit(value)).map(([name]) => name);
    if (names.length > 0) throw new Error(mark + " " + names.join(", "));
  };
  refuse("${missingMark}", (value) => typeof value !== "function");
  ${engine === "quickjs" ? asyncCheck : ""}
}`;
  return engine === "quickjs" ? `${checks}\n${seededRandom}` : checks;
}

/** What QuickJS is given beside the imports of the guest's own world. */
export const importsBeside: Readonly<Record<Engine, readonly string[]>> = {
  quickjs: ["wasi:random/insecure-seed@0.2.12"],
  starlingmonkey: [],
};

/** Without a promise that anything waits for, an async function would never have a result. */
const asyncCheck = `refuse("${asyncMark}", (value) => Object.prototype.toString.call(value) === "[object AsyncFunction]");`;

/** The engine's own `Math.random` goes on from where it stood at build time, the same in each instance. This one is
 *  seeded by the host when it is first asked: sfc32 by Chris Doty-Humphrey (PractRand), 53 bits out of two draws. */
const seededRandom = `import { insecureSeed } from "${importsBeside.quickjs[0]}";
{
  let draw;
  const seeded = () => {
    const [low, high] = insecureSeed();
    let [a, b, c, counter] = [low | 0, (low / 2 ** 32) | 0, (high | 0) ^ ((high / 2 ** 32) | 0), 1];
    const next = () => {
      const sum = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + sum) | 0;
      return sum >>> 0;
    };
    for (let i = 0; i < 12; i++) next();
    return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
  };
  Math.random = () => (draw ??= seeded())();
}`;
