import type { BuildOptions, BuildResult, StubOptions, StubResult } from "./component/build/build-component.ts";

/** Builds a guest's source into a component. The tools that it takes are loaded only when it is called; running a
 *  host needs none of them. Throws HostError `build-failed` or `wit-invalid`. */
export async function buildComponent(options: BuildOptions): Promise<BuildResult> {
  const room = await import("./component/build/build-component.ts");
  return room.buildComponent(options);
}

/** Builds a component from a WIT world alone, for a stub or external activity. Throws as `buildComponent`. */
export async function buildStub(options: StubOptions): Promise<StubResult> {
  const room = await import("./component/build/build-component.ts");
  return room.buildStub(options);
}

export type { BuildOptions, BuildResult, StubOptions, StubResult };
