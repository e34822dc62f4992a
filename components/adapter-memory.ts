import { parse, print } from "@bytecodealliance/jco-transpile/wasm-tools";

/** Gives a Go module the one export that Go can't write: the adapter from preview 1 asks its module for memory before the
 *  runtime has begun, when no Go code may run. It gets a variable that the program has set aside, `adapter_memory`. */
export async function withAdapterMemory(module: Uint8Array): Promise<Uint8Array> {
  const at = await addressIn(module);
  const text = await print(module);
  const end = text.lastIndexOf(")");
  return new Uint8Array(
    await parse(`${text.slice(0, end)}
      (global $adapter_top (mut i32) (i32.const ${at}))
      (func (export "cabi_realloc_adapter") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32)
        (result i32)
        (local $block i32)
        (local.set $block (i32.and (i32.add (global.get $adapter_top) (i32.const ${pageBytes - 1})) (i32.const ${-pageBytes})))
        (global.set $adapter_top (i32.add (local.get $block) (local.get $size)))
        (if (i32.gt_u (global.get $adapter_top) (i32.const ${at + reservedBytes})) (then unreachable))
        (local.get $block)))`),
  );
}

const pageBytes = 65_536;
/** As many as the program sets aside; aligning takes one of them at most. */
const reservedBytes = 4 * pageBytes;

/** The address is the same in every instance. */
async function addressIn(module: Uint8Array): Promise<number> {
  // Node says on loading it that it is experimental.
  const { WASI } = await import("node:wasi");
  const wasi = new WASI({ version: "preview1" });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), wasi.getImportObject() as never);
  wasi.initialize(instance);
  return (instance.exports["adapter_memory"] as () => number)();
}
