import type { HostOffers } from "./core/world.ts";

const wasi = [
  ...["cli/environment", "cli/exit", "cli/stdin", "cli/stdout", "cli/stderr", "cli/terminal-input"],
  ...["cli/terminal-output", "cli/terminal-stdin", "cli/terminal-stdout", "cli/terminal-stderr"],
  ...["clocks/monotonic-clock", "clocks/wall-clock", "io/error", "io/poll", "io/streams"],
  ...["random/random", "random/insecure", "random/insecure-seed", "filesystem/types", "filesystem/preopens"],
].map((name) => `wasi:${name}@0.2.0`);

const network = [
  ...["http/types", "http/outgoing-handler", "sockets/network", "sockets/instance-network", "sockets/tcp"],
  ...["sockets/tcp-create-socket", "sockets/udp", "sockets/udp-create-socket", "sockets/ip-name-lookup"],
].map((name) => `wasi:${name}@0.2.0`);

const types = ["time", "execution", "join-set", "backtrace"].map((name) => `obelisk:types/${name}@5.0.0`);
const log = "obelisk:log/log@1.0.0";

/** The interfaces that the host has for components. */
export const hostOffers: HostOffers = {
  workflow: anyOf([...wasi, ...types, log, "obelisk:workflow/workflow-support@6.0.0"]),
  activity: anyOf([...wasi, ...network, ...types, log]),
};

function anyOf(names: readonly string[]): ReadonlyMap<string, "any"> {
  return new Map(names.map((name) => [name, "any"]));
}
