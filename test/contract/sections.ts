import type { Section } from "./case.ts";
import { endings } from "./cases/endings.ts";
import { executions } from "./cases/executions.ts";
import { joinSets } from "./cases/join-sets.ts";
import { outside } from "./cases/outside.ts";
import { schedules } from "./cases/schedules.ts";
import { stubs } from "./cases/stubs.ts";
import { tries } from "./cases/tries.ts";

/** The contract's sections, as far as a script can show them. */
export const sections: Readonly<Record<string, Section>> = {
  executions,
  "join sets": joinSets,
  tries,
  endings,
  stubs,
  schedules,
  outside,
};
