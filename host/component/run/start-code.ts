import { GuestTrap } from "../../ports/components.ts";

/** `(module (import "" "start" (func)) (import "" "done" (func)) (func (export "run") call 0 call 1))` */
const starterBytes = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    [0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
    [
      0x02, 0x12, 0x02, 0x00, 0x05, 0x73, 0x74, 0x61, 0x72, 0x74, 0x00, 0x00, 0x00, 0x04, 0x64, 0x6f, 0x6e, 0x65, 0x00,
      0x00,
    ],
    [0x03, 0x02, 0x01, 0x00],
    [0x07, 0x07, 0x01, 0x03, 0x72, 0x75, 0x6e, 0x00, 0x02],
    [0x0a, 0x08, 0x01, 0x06, 0x00, 0x10, 0x00, 0x10, 0x01, 0x0b],
  ].flat(),
);

let starter: WebAssembly.Module | undefined;

/** Runs a module's start function to its end. It may call host functions, which may be called from a promising stack only;
 *  they must answer at once, since an instance is made at once. */
export function runStart(start: WebAssembly.CoreFunction): void {
  starter ??= new WebAssembly.Module(starterBytes);
  let done = false;
  const finished = () => {
    done = true;
  };
  const { exports } = new WebAssembly.Instance(starter, { "": { start, done: finished } });
  // The promise comes too late to say how it ended: that is seen from `done`.
  WebAssembly.promising(exports["run"] as WebAssembly.CoreFunction)().catch(() => undefined);
  if (!done) throw new GuestTrap("the guest's start code trapped, or called a host function that waits");
}
