import { createActivityPool } from "../../host/component/pool/pool.ts";
import { type ComponentLimits, type GrantedDir, plainComponent } from "../../host/core/deployment.ts";
import type { Digest, ExecutionId, FunctionName } from "../../host/core/ids.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import type { Activities, ActivityAttempt, AttemptEnd, Sandbox } from "../../host/ports/activities.ts";
import { builtGuest } from "./built-guest.ts";

/** What an attempt is asked to do, and what it is given for it. */
export interface FileAttempt {
  readonly steps: readonly (readonly string[])[];
  readonly dirs?: readonly GrantedDir[];
  /** Where the guest finds its scratch folder. */
  readonly scratch?: string;
  readonly limits?: Partial<ComponentLimits>;
  readonly deadlineMs?: number;
}

const digest = `sha256:${"f".repeat(64)}` as Digest;

/** An attempt of the guest that uses files. Its folders need not be as they were when they were granted. */
export function fileAttempt({ steps, dirs = [], scratch, limits, deadlineMs = 60_000 }: FileAttempt): ActivityAttempt {
  const plain = plainComponent({ name: "files", kind: "activity", digest });
  const component = { ...plain, limits: { ...plain.limits, ...limits } };
  return {
    execution: "E_01K42AJA8QHD7D3GTJAYMASFYC" as ExecutionId,
    attempt: 1,
    component: digest,
    function: "test:files/files.run" as FunctionName,
    params: [steps],
    deadlineMs,
    sandbox: { ...(sandboxesOf({ components: [component] }).get("files") as Sandbox), dirs, scratch },
  };
}

/** A pool whose attempts have their scratch folders in `scratchDir`. */
export async function filePool(scratchDir: string, threads = 1): Promise<Activities> {
  const prepared = await builtGuest("files");
  return createActivityPool({ threads, scratchDir, component: () => prepared, limits: { graceMs: 200 } });
}

export function endOf(pool: Activities, attempt: ActivityAttempt): Promise<AttemptEnd> {
  return new Promise((resolve) => {
    pool.start(attempt, resolve);
  });
}

/** The answers to the steps of an attempt. */
export async function outcomeOf(pool: Activities, attempt: ActivityAttempt): Promise<readonly string[]> {
  const end = await endOf(pool, attempt);
  if (end.kind === "returned" && "ok" in end.outcome) return end.outcome.ok as string[];
  throw new Error(`the attempt ended otherwise: ${JSON.stringify(end)}`);
}

export function answers(pool: Activities, asked: FileAttempt): Promise<readonly string[]> {
  return outcomeOf(pool, fileAttempt(asked));
}

/** A step of an attempt behind the answer that it is to have. */
export type Expected = readonly [answer: string, ...step: string[]];

/** Has the steps made, and gives them back behind the answers that they had. */
export async function followed(pool: Activities, script: readonly Expected[], more: Omit<FileAttempt, "steps">) {
  const steps = script.map(([, ...step]) => step);
  const said = await answers(pool, { ...more, steps });
  return steps.map((step, i) => [said[i], ...step]);
}
