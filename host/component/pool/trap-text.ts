/** Frames that are told; the innermost come first. */
const framesMax = 5;

/** A trap's own words in one line, with the guest's functions that led to it where their names are known. */
export function trapText(trap: Error): string {
  const [message = ""] = trap.message.split("\n");
  const thrown = trap.cause instanceof Error ? trap.cause : trap;
  const names = [...(thrown.stack ?? "").matchAll(/^\s+at (\S+) \(wasm:\/\//gm)].map(([, name]) => name ?? "");
  const told = names.filter((name) => !name.startsWith("wasm-function[")).slice(0, framesMax);
  return told.length === 0 ? message : `${message} (in ${told.join(" < ")})`;
}
