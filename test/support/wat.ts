import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { loadComponent, prepareComponent } from "../../host/component/component.ts";
import type { Guest, GuestLimits, HostInterface, LoadedComponent, Turn } from "../../host/ports/components.ts";

/** The bytes of a component that is written in WebAssembly's text. */
export async function component(text: string): Promise<Uint8Array> {
  return new Uint8Array(await parse(`(component ${text})`));
}

export async function load(text: string): Promise<LoadedComponent> {
  return loadComponent(await prepareComponent(await component(text)));
}

export const roomy: GuestLimits = { memoryBytesMax: 16 * 1024 * 1024, fuel: 1_000_000_000 };

export function instantiate(
  loaded: LoadedComponent,
  imports: Readonly<Record<string, HostInterface>> = {},
  limits: Partial<GuestLimits> = {},
  turn?: Turn,
): Guest {
  const offered = (name: string) => (Object.hasOwn(imports, name) ? imports[name] : undefined);
  return loaded.instantiate(offered, { ...roomy, ...limits }, turn && { turn });
}

/** A core module with a memory of two pages and an allocator that never frees. */
export const allocator = `
  (core module $allocator
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 4096))
    (func (export "realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
      (global.set $top (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
                                (i32.sub (i32.const 0) (local.get $align))))
      (global.get $top)
      (global.set $top (i32.add (global.get $top) (local.get $new)))))
  (core instance $memory (instantiate $allocator))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))`;
