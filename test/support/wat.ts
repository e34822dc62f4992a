import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";

/** A component written in WebAssembly's text. */
export async function component(text: string): Promise<Uint8Array> {
  return new Uint8Array(await parse(`(component ${text})`));
}
