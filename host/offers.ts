import { activityNames, commonNames } from "./component/wasi/offers.ts";
import { obeliskTypes } from "./core/wit/obelisk-types.ts";
import { logTypes, workflowSupportTypes } from "./core/wit/obelisk-workflow.ts";
import type { InterfaceType } from "./core/wit/type.ts";
import type { HostOffers, Offers } from "./core/world.ts";

/** What is offered function by function; of the rest, WASI, a component takes what it knows. */
const functionsOf = new Map<string, InterfaceType["functions"]>([
  ...obeliskTypes.map(({ name, functions }) => [name, functions] as const),
  ["obelisk:log/log@1.0.0", logTypes],
  ["obelisk:workflow/workflow-support@6.0.0", workflowSupportTypes],
]);

const types = ["time", "execution", "join-set", "backtrace"].map((name) => `obelisk:types/${name}@5.0.0`);

/** The interfaces that the host has for components. */
export const hostOffers: HostOffers = {
  workflow: anyOf([
    ...commonNames.map(versioned),
    ...types,
    "obelisk:log/log@1.0.0",
    "obelisk:workflow/workflow-support@6.0.0",
    ...["signals", "state", "continuation"].map((name) => `stele:workflow/${name}@1.0.0`),
  ]),
  activity: anyOf([...commonNames.map(versioned), ...activityNames.map(versioned), ...types]),
};

/** Of WASI every 0.2 version is served; what is not WASI is the log. */
function versioned(name: string): string {
  return name.startsWith("wasi:") ? `${name}@0.2.0` : `${name}@1.0.0`;
}

function anyOf(names: readonly string[]): Offers {
  return new Map(names.map((name) => [name, functionsOf.get(name) ?? "any"]));
}
