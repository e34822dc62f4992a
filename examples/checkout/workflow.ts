/** An order from its reservation to its parcel. Plain code: that it survives a crash after any line is the host's part. */
import { info, warn } from "obelisk:log/log@1.0.0";
import { executionIdCurrent, sleep } from "obelisk:workflow/workflow-support@6.0.0";
import { release, reserve } from "shop:checkout/inventory@1.0.0";
import type { Order, OrderError, Receipt, StepError } from "shop:checkout/orders@1.0.0";
import { charge, refund } from "shop:checkout/payments@1.0.0";
import { ship } from "shop:checkout/shipping@1.0.0";

export const orders = { place };

function place(order: Order): Receipt {
  // The same execution asks under the same keys, whichever run of it does the asking.
  const execution = executionIdCurrent().id;
  const step = (name: string) => ({
    service: order.service,
    order: order.number,
    idempotencyKey: `${execution}/${name}`,
  });
  const undo: Undo[] = [];
  try {
    const reservation = reserve(step("reserve"), order.lines);
    undo.unshift({ name: "release", run: () => release(step("release"), reservation) });

    const cents = order.lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
    const charged = charge(step("charge"), order.payment, cents);
    undo.unshift({ name: "refund", run: () => refund(step("refund"), charged) });

    // Seconds here, weeks if need be: a sleeping workflow is a row in the journal.
    info(`packing ${order.number} for ${order.packingSeconds} s`);
    sleep({ tag: "in", val: { tag: "seconds", val: order.packingSeconds } }, "packing");

    const tracking = ship(step("ship"), reservation, order.address);
    return { cents, charge: charged, tracking };
  } catch (thrown) {
    const why = errOf(thrown);
    warn(`undoing order ${order.number}: ${why.tag}`);
    throw { tag: "refused", val: { why, ...compensate(undo) } } satisfies OrderError;
  }
}

interface Undo {
  readonly name: string;
  readonly run: () => void;
}

/** Undoes the latest step first. One that can't be undone keeps none of the others from it. */
function compensate(undo: readonly Undo[]): { undone: string[]; notUndone: string[] } {
  const undone: string[] = [];
  const notUndone: string[] = [];
  for (const { name, run } of undo) {
    try {
      run();
      undone.push(name);
    } catch (thrown) {
      warn(`${name} is left to somebody: ${errOf(thrown).tag}`);
      notUndone.push(name);
    }
  }
  return { undone, notUndone };
}

/** The err that an imported function returned. Anything else is a bug of ours: thrown on, it traps the workflow. */
function errOf(thrown: unknown): StepError {
  if (!(thrown instanceof Error && "payload" in thrown)) throw thrown;
  // Only a sleep that somebody cancelled has no payload.
  return (thrown.payload ?? { tag: "execution-failed" }) as StepError;
}
