/// <reference path="./obelisk-types-execution.d.ts" />
declare module 'obelisk:types/join-set@5.0.0' {
  export type ResponseId = import('obelisk:types/execution@5.0.0').ResponseId;
  
  export class JoinSet implements Disposable {
    /**
     * This type does not have a public constructor.
     */
    private constructor();
    /**
    * `o:` one-off, `g:` generated, `n:` named, followed by its suffix.
    */
    id(): string;
    /**
    * The response consumed by the latest await on this set.
    */
    lastId(): ResponseId | null;
    [Symbol.dispose](): void;
  }
}
