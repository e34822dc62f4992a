/** What the process that loads the tools is asked. Paths are absolute; a failure comes back as the tool's own text. */
export interface ToolCalls {
  /** What the parser has to say of a WIT text alone, or undefined when it is content. */
  witComplaint(request: { readonly text: string }): Promise<string | undefined>;
  /** Reads a world, and writes the guest's types as jco does. */
  readWorld(request: WorldPlace): Promise<World>;
  /** One ES module out of a source and everything it imports, except what the host provides. `epilogue` is run last in
   *  it, while the engine starts at build time, and knows the source's exports as `guest`. */
  bundle(request: {
    readonly source: string;
    readonly epilogue: string;
    readonly tsconfig: string | undefined;
  }): Promise<Bundle>;
  quickjs(request: WorldPlace & GuestCode): Promise<Uint8Array>;
  starlingmonkey(
    request: WorldPlace & GuestCode & { readonly features: readonly StarlingMonkeyFeature[] },
  ): Promise<Uint8Array>;
  /** Makes a component of a core module that speaks the canonical ABI. It may import WASI's preview 1. */
  wrap(request: WorldPlace & { readonly module: Uint8Array }): Promise<Uint8Array>;
  /** A component of the world whose functions all trap. */
  hollow(request: WorldPlace): Promise<Uint8Array>;
}

interface WorldPlace {
  /** Folder with all the packages that the world needs. */
  readonly wit: string;
  readonly world: string;
}

interface GuestCode {
  readonly code: string;
  /** The file that the engine's messages point at. */
  readonly name: string;
}

export const starlingMonkeyFeatures = ["stdio", "random", "clocks", "http", "fetch-event"] as const;
export type StarlingMonkeyFeature = (typeof starlingMonkeyFeatures)[number];

export interface World {
  readonly exports: readonly WorldExport[];
  /** Text by relative path. */
  readonly types: Readonly<Record<string, string>>;
}

/** A function that the world exports, in WIT's spelling. */
export interface WorldExport {
  /** Absent for a function outside of any interface. */
  readonly interfaceName?: string;
  readonly functionName: string;
}

export interface Bundle {
  readonly code: string;
  /** Source map of the code, as JSON. */
  readonly map: string;
  /** Absolute paths of the files that went into it. */
  readonly files: readonly string[];
}

export interface ToolRequest {
  readonly call: number;
  readonly method: keyof ToolCalls;
  readonly request: unknown;
}

export type ToolReply = { readonly call: number } & ({ readonly value: unknown } | { readonly failure: string });
