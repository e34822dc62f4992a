/** A host that lives until it is killed or told to finish: it takes up what is unfinished, submits more, and says what
 *  it was promised. Lines: `open`, `submitted ID`, `finished ID OUTCOME`, `idle`. */
import { writeSync } from "node:fs";
import { openHost } from "../../host/index.ts";

export interface HostOrder {
  readonly data: string;
  readonly deployment: string;
  readonly cacheDir: string;
  /** Submitted one after the other; none when the host is to finish what there is and end. */
  readonly submissions: readonly {
    readonly id: string;
    readonly function: string;
    readonly params: readonly unknown[];
  }[];
}

const { data, deployment, cacheDir, submissions } = JSON.parse(process.argv[2] ?? "") as HostOrder;
const say = (line: string) => writeSync(1, `${line}\n`);

const host = await openHost({ data, deployment, cacheDir, activityThreads: 1 });
say("open");
for (const { id, function: name, params } of submissions) {
  await host.submit(name, params, { executionId: id });
  say(`submitted ${id}`);
  void host.result(id).then((outcome) => say(`finished ${id} ${JSON.stringify(outcome)}`));
}
if (submissions.length === 0) {
  await host.idle();
  say("idle");
  await host.close();
}
