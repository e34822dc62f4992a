/** `npm run guests`: builds all guests, or those named, that are not up to date. */
import { HostError } from "../host/core/host-error.ts";
import { buildGuest, type GuestName, guestNames, leftOut } from "./guests.ts";

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !guestNames.some((known) => known === name));
if (unknown.length > 0) {
  console.error(`error: no guest ${unknown.join(", ")}; there are ${guestNames.join(", ")}`);
  process.exit(2);
}

const left: GuestName[] = [];
for (const name of guestNames.filter((known) => wanted.length === 0 || wanted.includes(known))) {
  const why = leftOut(name);
  if (why === undefined) left.push(name);
  else console.log(`${name} is left out: ${why}`);
}
// Two at a time: an engine takes a core and up to 800 MB.
await Promise.all([buildNext(left), buildNext(left)]);

async function buildNext(names: GuestName[]): Promise<void> {
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const began = performance.now();
    try {
      if (await buildGuest(name)) console.log(`${name} built in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    } catch (error) {
      const hint = error instanceof HostError && error.hint !== undefined ? `\nhint: ${error.hint}` : "";
      console.error(`error: ${name}: ${error instanceof Error ? error.message : String(error)}${hint}`);
      process.exitCode = 1;
    }
  }
}
