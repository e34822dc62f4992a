import { readFileSync } from "node:fs";
import { type GuestName, guestFile } from "../../components/guests.ts";
import type { RigComponent } from "./rig.ts";

/** A built guest as a component of a rig's deployment. */
export function guest(name: GuestName, policy: Partial<RigComponent> = {}): RigComponent {
  const kind = name.includes("workflow") ? "workflow" : "activity";
  return { name, kind, bytes: readFileSync(guestFile(name)), ...policy };
}

/** A value of every shape, in canonical form. */
export const anOrder = {
  id: 7,
  items: [{ name: "slate", quantity: 2, note: "thin" }],
  payment: { instalments: [1, 2, 3] },
  colour: "dark_green",
  rights: ["read", "write_all"],
  weight: [1.5, "kg"],
  stamp: [0, 127, 255],
};
