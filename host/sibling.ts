/** The URL of a module beside `of`: a `.ts` file when run from source, a `.js` file when built. */
export function sibling(name: string, of: string): URL {
  return new URL(`./${name}${of.endsWith(".ts") ? ".ts" : ".js"}`, of);
}
