/** The err of an imported function, out of what it threw. */
export function errOf(thrown: unknown): unknown {
  return thrown instanceof Error && "payload" in thrown ? thrown.payload : thrown;
}
