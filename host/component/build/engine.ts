/** The JavaScript engines that a guest can be built on. */
export type Engine = (typeof engines)[number];
export const engines = ["quickjs", "starlingmonkey"] as const;
