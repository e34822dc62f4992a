import { activityTypes, commonTypes } from "./component/wasi/offers.ts";
import { obeliskTypes } from "./core/wit/obelisk-types.ts";
import { logTypes, workflowSupportTypes } from "./core/wit/obelisk-workflow.ts";
import { steleWorkflowTypes } from "./core/wit/stele-workflow.ts";
import type { WrittenInterfaces } from "./core/wit/written-types.ts";
import type { HostOffers, Offers } from "./core/world.ts";

/** Whatever 0.2 version of WASI a component asks for is compatible with the first. */
const wasiVersion = "@0.2.0";

const common: Offers = new Map([
  ...written(commonTypes, wasiVersion),
  ...obeliskTypes.map(({ name, functions }) => [name, functions] as const),
  ["obelisk:log/log@1.0.0", logTypes],
]);

/** The interfaces that the host has for components, function by function. */
export const hostOffers: HostOffers = {
  workflow: new Map([
    ...common,
    ["obelisk:workflow/workflow-support@6.0.0", workflowSupportTypes],
    ...written(steleWorkflowTypes),
  ]),
  activity: new Map([...common, ...written(activityTypes, wasiVersion)]),
};

function written(interfaces: WrittenInterfaces, version = ""): Offers {
  return new Map(
    Object.entries(interfaces).map(([name, functions]) => [name + version, new Map(Object.entries(functions))]),
  );
}
