/** What the workflow may do to the world: each activity asks the shop's service for one effect. It may be run more than
 *  once (after a crash the host can't know how far it came), so it asks under the key that the workflow gave it. */
import type { Line, Step, StepError } from "shop:checkout/inventory@1.0.0";
import type { Payment } from "shop:checkout/payments@1.0.0";

export const inventory = {
  reserve: (step: Step, lines: Line[]): Promise<string> => ask(step, "reserve", { lines }),

  async release(step: Step, reservation: string): Promise<void> {
    await ask(step, "release", { reservation });
  },
};

export const payments = {
  charge: (step: Step, payment: Payment, cents: number): Promise<string> => ask(step, "charge", { payment, cents }),

  async refund(step: Step, charge: string): Promise<void> {
    await ask(step, "refund", { charge });
  },
};

export const shipping = {
  ship: (step: Step, reservation: string, address: string): Promise<string> =>
    ask(step, "ship", { reservation, address }),
};

/** Returns the id of what the service has done. */
async function ask(step: Step, effect: string, body: unknown): Promise<string> {
  const response = await send(`${step.service}/orders/${encodeURIComponent(step.order)}/${effect}`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": step.idempotencyKey },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.ok) return text;
  // Thrown, a StepError becomes the err of the WIT result; an Error would be a trap.
  if (response.status === 422) throw { tag: "permanent-refusal", val: text } satisfies StepError;
  throw { tag: "unavailable", val: `${response.status} ${text}` } satisfies StepError;
}

async function send(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (error) {
    throw { tag: "unavailable", val: `${url}: ${String(error)}` } satisfies StepError;
  }
}
