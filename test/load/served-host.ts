/** A host in a process of its own that does what messages ask of it, so that what the process takes is the host's. */
import { type HostOptions, openHost } from "../../host/index.ts";
import { toWire } from "../../host/shard-link.ts";
import type { Answer, Call } from "./host-process.ts";

const answer = (message: Answer) => process.send?.(message);

const host = await openHost(JSON.parse(process.argv[2] ?? "") as HostOptions);
process.on("message", ({ call, method, args }: Call) => {
  const perform = host[method].bind(host) as (...args: unknown[]) => Promise<unknown>;
  perform(...args).then(
    (value) => answer({ call, value }),
    (error: unknown) => answer({ call, error: toWire(error) }),
  );
});
// Whoever asks is gone: so is the reason to go on.
process.on("disconnect", () => process.exit());
answer({ call: 0, value: "open" });
