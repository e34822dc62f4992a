/** The err of an imported function, out of what it threw; anything else goes on. StarlingMonkey throws Errors of another
 *  realm, which are no instances of the guest's `Error`. */
export function errOf(thrown: unknown): unknown {
  if (typeof thrown === "object" && thrown !== null && "payload" in thrown) return thrown.payload;
  throw thrown;
}
