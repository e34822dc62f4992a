import type { RetryPolicy } from "../../host/core/deployment.ts";
import type { Outcome } from "../../host/core/event.ts";
import { guest } from "./guests.ts";
import { type OpenOptions, type OpenRig, Rig } from "./rig.ts";
import { anId } from "./signature.ts";

export const languages = ["quickjs", "starlingmonkey", "c"] as const;
export type Language = (typeof languages)[number];

/** The script guest in one language, with the activities that its scripts call. */
export class ScriptRig {
  readonly rig: Rig;

  private constructor(rig: Rig) {
    this.rig = rig;
  }

  static async of(language: Language, policy: Partial<RetryPolicy> = {}): Promise<ScriptRig> {
    const retry = { retriesMax: 0, backoffMs: 1, backoffMaxMs: 1, ...policy };
    return new ScriptRig(
      await Rig.of(
        guest(`script-${language}`, { kind: "workflow" }),
        guest("work", { retry, deadlineMs: 500 }),
        guest("approval", { kind: "activity_stub" }),
      ),
    );
  }

  async run(script: string, options: OpenOptions = {}): Promise<Outcome> {
    return (await this.runIn(script, options)).outcome;
  }

  /** Also tells the folder that the execution `anId` is in. What happens `outside` comes once it is submitted. */
  async runIn(
    script: string,
    options: OpenOptions = {},
    outside?: (open: OpenRig) => Promise<unknown>,
  ): Promise<{ readonly outcome: Outcome; readonly data: string }> {
    const data = this.rig.folder();
    const open = this.rig.open(data, options);
    try {
      return { outcome: await open.run(anId, "contract:guests/script@1.0.0.run", [script], outside), data };
    } finally {
      open.close();
    }
  }

  close(): Promise<void> {
    return this.rig.close();
  }
}
