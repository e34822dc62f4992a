import { z } from "zod";
import { defaultPolicy, type Policy, type Rate, type RetryPolicy } from "../core/deployment.ts";
import { count, duration } from "./fields.ts";

/** How often something is tried. */
export const retryFields = {
  max_retries: z.number().int().min(0, "wants a whole number from 0").max(1_000_000).exactOptional(),
  retry_exp_backoff: duration.exactOptional(),
  retry_exp_backoff_max: duration.exactOptional(),
  retry_total: duration.exactOptional(),
};

/** How attempts are run. */
export const execFields = {
  lock_expiry: duration.exactOptional(),
  concurrency: count.exactOptional(),
  rate: z
    .strictObject({ count, per: duration })
    .transform(({ count, per: perMs }): Rate => ({ count, perMs }))
    .exactOptional(),
};

type RetryKeys = z.output<z.ZodObject<typeof retryFields>>;
type ExecKeys = z.output<z.ZodObject<typeof execFields>>;

/** What is written, over what holds otherwise. */
export function policyOf(written: RetryKeys & { readonly exec?: ExecKeys }, otherwise = defaultPolicy): Policy {
  return {
    retry: retryOf(written, otherwise.retry),
    deadlineMs: written.exec?.lock_expiry ?? otherwise.deadlineMs,
  };
}

/** Bounds on how many attempts there are. */
export function flowOf({ concurrency, rate }: ExecKeys = {}): Pick<Policy, "concurrencyMax" | "rate"> {
  return { ...(concurrency !== undefined && { concurrencyMax: concurrency }), ...(rate !== undefined && { rate }) };
}

function retryOf(written: RetryKeys, otherwise: RetryPolicy): RetryPolicy {
  const backoffMs = written.retry_exp_backoff ?? otherwise.backoffMs;
  const totalMs = written.retry_total ?? otherwise.totalMs;
  return {
    retriesMax: written.max_retries ?? otherwise.retriesMax,
    backoffMs,
    backoffMaxMs: written.retry_exp_backoff_max ?? Math.max(otherwise.backoffMaxMs, backoffMs),
    ...(totalMs !== undefined && { totalMs }),
  };
}
