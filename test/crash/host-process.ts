/** A host that does what it is told, one act after the other, until it is killed, and says what it was promised. Lines:
 *  `open`, `done N ANSWER` of the N-th act, `finished ID OUTCOME`, `closing`. */
import { writeSync } from "node:fs";
import { type Host, HostError, openHost } from "../../host/index.ts";

export type Act =
  | {
      readonly kind: "submit";
      readonly id: string;
      readonly function: string;
      readonly params: readonly (string | number | readonly string[])[];
    }
  | { readonly kind: "signal"; readonly id: string; readonly value: number }
  | { readonly kind: "cancel"; readonly id: string }
  | { readonly kind: "deploy"; readonly manifest: string }
  /** Waits until nothing is unfinished. */
  | { readonly kind: "idle" };

export interface HostOrder {
  readonly data: string;
  /** Absent when the journal holds one. */
  readonly deployment?: string;
  readonly cacheDir: string;
  readonly acts: readonly Act[];
  /** After the last act; otherwise it lives on. */
  readonly closes: boolean;
}

async function perform(host: Host, act: Act): Promise<unknown> {
  switch (act.kind) {
    case "submit":
      return host.submit(act.function, act.params, { executionId: act.id });
    case "signal":
      return host.signal(act.id, "word", act.value);
    case "cancel":
      return host.cancel(act.id);
    case "deploy":
      return host.deploy(act.manifest);
    case "idle":
      return host.idle();
  }
}

const { acts, closes, ...options } = JSON.parse(process.argv[2] ?? "") as HostOrder;
const say = (line: string) => writeSync(1, `${line}\n`);

const host = await openHost({ ...options, activityThreads: 1 });
say("open");
for (const [n, act] of acts.entries()) {
  try {
    say(`done ${n} ${JSON.stringify((await perform(host, act)) ?? null)}`);
  } catch (error) {
    // The execution has finished in the meantime.
    if (!(error instanceof HostError) || error.code !== "signal-refused") throw error;
    say(`done ${n} "refused"`);
  }
  if (act.kind === "submit")
    void host.result(act.id).then((outcome) => say(`finished ${act.id} ${JSON.stringify(outcome)}`));
}
if (closes) {
  say("closing");
  await host.close();
}
