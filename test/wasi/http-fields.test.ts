import { describe, expect, test } from "vitest";
import { HeldBytes } from "../../host/component/wasi/held-bytes.ts";
import { Fields } from "../../host/component/wasi/http-fields.ts";
import { OutgoingRequest } from "../../host/component/wasi/http-outgoing.ts";
import { GuestErr } from "../../host/core/wit/signature.ts";
import { boundless } from "../support/probe-guest.ts";

const kib = 1024;
const fields = () => new Fields(new HeldBytes(boundless));

/** Bytes of which none may be looked at. */
class Unread extends Uint8Array {
  override get buffer(): ArrayBuffer {
    throw new Error("it was read");
  }

  override every(): boolean {
    throw new Error("it was read");
  }

  override some(): boolean {
    throw new Error("it was read");
  }
}

/** The tag of what is thrown. */
function errOf(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error instanceof GuestErr ? error.payload : error;
  }
  return undefined;
}

describe("what a guest puts into fields is bounded before it is looked at", () => {
  const tooLarge = { tag: "invalid-syntax" };

  test("each value", () => {
    const value = new Unread(64 * kib + 1);
    expect(errOf(() => fields().append("a", value))).toEqual(tooLarge);
    expect(errOf(() => fields().set("a", [value]))).toEqual(tooLarge);
    expect(errOf(() => Fields.fromList([["a", value]], new HeldBytes(boundless)))).toEqual(tooLarge);
    expect(errOf(() => fields().append("a", new Uint8Array(64 * kib).fill(0x78)))).toBeUndefined();
  });

  test("all of them", () => {
    const full = fields();
    const value = new Uint8Array(60 * kib).fill(0x78);
    full.set("a", [value, value]);
    expect(errOf(() => full.append("b", new Unread(60 * kib)))).toEqual(tooLarge);
    expect(errOf(() => full.set("b", [new Unread(4 * kib), new Unread(8 * kib)]))).toEqual(tooLarge);
    expect(full.get("a").length).toBe(2);
    full.delete("A");
    full.append("b", value);
    expect(full.entries()).toEqual([["b", value]]);
  });
});

test("values are visible characters, spaces, tabs and what is not ASCII", () => {
  for (let byte = 0; byte < 256; byte++) {
    const isText = byte === 0x09 || (byte >= 0x20 && byte !== 0x7f);
    const err = errOf(() => fields().append("a", Uint8Array.of(0x61, byte, 0x61)));
    expect([byte, err]).toEqual([byte, isText ? undefined : { tag: "invalid-syntax" }]);
  }
});

test("the texts of requests are held for the guest until they are sent or dropped", () => {
  let used = 0;
  const held = new HeldBytes({
    take: (bytes) => {
      used += bytes;
      return true;
    },
    giveBack: (bytes) => {
      used -= bytes;
    },
  });
  const waiting = { wait: () => Promise.resolve(), pace: <T>(answer: T) => answer };
  const make = () =>
    new OutgoingRequest(new Fields(held), held, waiting, () => {
      throw new Error("no body is asked for");
    });
  const [one, other] = [make(), make()];
  for (let i = 0; i < 3; i++) one.setPathWithQuery(`/${"x".repeat(1024 * kib)}`);
  one.setMethod({ tag: "other", val: "X".repeat(1024 * kib) });
  expect(used).toBe(2 * 1024 * kib + 64 * kib);
  one.release();
  one[Symbol.dispose]();
  expect(used).toBe(64 * kib);
  for (let i = 0; i < 100; i++) other.setPathWithQuery(`/${"x".repeat(1024 * kib)}`);
  expect(() => {
    for (;;) make().setPathWithQuery(`/${"x".repeat(1024 * kib)}`);
  }).toThrow("bytes for this guest already");
});
