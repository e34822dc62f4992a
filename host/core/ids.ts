declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** `E_` + ULID, followed for a child by `.` + join set id + `_` + index, once per level. */
export type ExecutionId = Branded<string, "ExecutionId">;
/** `D_` instead of `E_`, otherwise as the child that it would be. */
export type DelayId = Branded<string, "DelayId">;
/** `o:N`, `o:N-name`, `g:N` or `n:NAME`. */
export type JoinSetId = Branded<string, "JoinSetId">;
/** `sha256:` + 64 lower-case hexadecimal digits. */
export type Digest = Branded<string, "Digest">;
/** `ns:pkg/ifc.fn`, with `@version` after the interface when its package has one. */
export type FunctionName = Branded<string, "FunctionName">;
/** An execution's integer key in its journal: small, never reused, ascending with creation. */
export type ExecutionKey = Branded<number, "ExecutionKey">;
/** A place in the journal. */
export type Position = Branded<number, "Position">;
/** UTC wall-clock time in milliseconds since the Unix epoch. */
export type Millis = Branded<number, "Millis">;
