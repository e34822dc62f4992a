import type Database from "better-sqlite3";
import type { Event } from "../core/event.ts";
import type { ExecutionRow } from "../core/execution.ts";
import type { Digest, ExecutionId, ExecutionKey } from "../core/ids.ts";
import { parentOf } from "../core/ids.ts";
import type { LogLine, StoredComponent } from "../ports/journal.ts";
import { blobDigest, link, noHash } from "./chain.ts";
import { corrupt } from "./corrupt.ts";
import { digestOf } from "./digest.ts";
import { Rows, type StoredRow } from "./rows.ts";

type EventRow = [
  position: number,
  execution: number,
  version: number,
  at: number,
  kind: string,
  body: string | null,
  blob: Buffer | null,
  hash: string,
];

/** Leads back and only back, so that it comes to an end whatever a damaged file says: to the first event, or to the one
 *  with which the execution last began anew. */
const walkBack = (
  until: "the start" | "continued",
) => `with recursive back (position, execution, version, at, kind, body, blob, hash, previous) as (
    select position, execution, version, at, kind, body, blob, hash, previous from event where position = ?
    union all
    select e.position, e.execution, e.version, e.at, e.kind, e.body, e.blob, e.hash, e.previous
    from back b join event e on e.position = b.previous and e.position < b.position
      ${until === "continued" ? "where b.kind <> 'continued'" : ""}
  ) select position, execution, version, at, kind, body, blob, lower(hex(hash)) from back`;

export interface Head {
  readonly position: number;
  readonly hash: string;
  /** The version that the next event takes. */
  readonly version: number;
}

/** The reads that a writer and a reader of the file have in common. */
export class Reads {
  readonly rows: Rows;
  readonly #byKey: Database.Statement<[number], StoredRow>;
  readonly #byId: Database.Statement<[string], StoredRow>;
  readonly #unfinishedCount: Database.Statement<[], number>;
  readonly #history: Database.Statement<[number], EventRow>;
  readonly #sinceContinued: Database.Statement<[number], EventRow>;
  readonly #hashBefore: Database.Statement<[number], string>;
  readonly #blob: Database.Statement<[Buffer], { body: string }>;
  readonly #logs: Database.Statement<[number], LogLine>;
  readonly #component: Database.Statement<[string], StoredComponent>;
  readonly #deployment: Database.Statement<[], { digest: Digest; json: string }>;

  constructor(db: Database.Database) {
    this.rows = new Rows(db);
    this.#byKey = this.rows.prepare("where key = ?");
    this.#byId = this.rows.prepare("where id = ? and parent is null");
    this.#unfinishedCount = db.prepare<[], number>("select count(*) from execution where finished_at is null").pluck();
    this.#history = db.prepare<[number], EventRow>(walkBack("the start")).raw();
    this.#sinceContinued = db.prepare<[number], EventRow>(walkBack("continued")).raw();
    this.#hashBefore = db
      .prepare<[number], string>(
        "select lower(hex(b.hash)) from event e join event b on b.position = e.previous where e.position = ?",
      )
      .pluck();
    this.#blob = db.prepare("select body from blob where digest = ?");
    this.#logs = db.prepare(
      "select attempt, line as 'index', at, level, message from log where execution = ? order by attempt, line",
    );
    this.#component = db.prepare("select digest, name, kind, bytes from component where digest = ?");
    this.#deployment = db.prepare(
      "select d.digest, d.json from activation a join deployment d on d.digest = a.deployment order by a.number desc limit 1",
    );
  }

  execution(key: ExecutionKey): ExecutionRow | undefined {
    const stored = this.#byKey.get(key);
    return stored === undefined ? undefined : this.rows.rowOf(stored);
  }

  head(key: ExecutionKey): Head | undefined {
    const stored = this.#byKey.get(key);
    return stored && headOf(stored);
  }

  /** Goes down from the root: each parent's history names its children. */
  findExecution(id: ExecutionId): ExecutionRow | undefined {
    const parent = parentOf(id)?.parent;
    if (parent === undefined) {
      const stored = this.#byId.get(id);
      return stored === undefined ? undefined : this.rows.rowOf(stored);
    }
    const parentRow = this.findExecution(parent);
    if (parentRow === undefined) return undefined;
    const submitted = this.history(parentRow.key).find(
      (event) => event.kind === "child-submitted" && event.child === id,
    );
    return submitted?.kind === "child-submitted" ? this.execution(submitted.childKey) : undefined;
  }

  /** From version 0 on, every link of its chain verified. */
  unfinishedCount(): number {
    return this.#unfinishedCount.get() ?? 0;
  }

  history(key: ExecutionKey): readonly Event[] {
    const stored = this.#byKey.get(key);
    return stored === undefined ? [] : this.#verified(stored, this.#history);
  }

  /** Row, head and history from one look at the row; the history from where the execution last began anew. */
  load(key: ExecutionKey): { row: ExecutionRow; head: Head; history: readonly Event[] } | undefined {
    const stored = this.#byKey.get(key);
    return (
      stored && {
        row: this.rows.rowOf(stored),
        head: headOf(stored),
        history: this.#verified(stored, this.#sinceContinued),
      }
    );
  }

  #verified(stored: StoredRow, walk: Database.Statement<[number], EventRow>): readonly Event[] {
    const rows = walk.all(stored.head).toReversed();
    const id = stored.id as ExecutionId;
    const first = rows[0]?.[4] === "continued" ? rows[0] : undefined;
    const firstVersion = first?.[2] ?? 0;
    let hash = (first && this.#hashBefore.get(first[0])) ?? noHash;
    const events = rows.map((row, i) => {
      const version = firstVersion + i;
      const [position, execution] = row;
      const where = () => `${id} version ${version} (position ${position})`;
      if (execution !== stored.key || row[2] !== version)
        throw corrupt(`${where()}: another event stands in its place`);
      const content = this.#content(row, where);
      const event = eventOf(row, content.body, where);
      hash = link(hash, id, event, content.hashed);
      if (hash !== row[7]) throw corrupt(`${where()}: the event is not the one that was written: its hash differs`);
      return event;
    });
    if (firstVersion + events.length !== stored.next_version || hash !== stored.head_hash) {
      throw corrupt(
        `${id}: ${stored.next_version} events were written, ${firstVersion + events.length} are there up to its head`,
      );
    }
    return events;
  }

  logs(key: ExecutionKey): readonly LogLine[] {
    return this.#logs.all(key);
  }

  component(digest: Digest): StoredComponent | undefined {
    const stored = this.#component.get(digest);
    if (stored !== undefined && digestOf(stored.bytes) !== digest)
      throw corrupt(`the stored component ${digest} has other bytes`);
    return stored;
  }

  activeDeployment(): { readonly digest: Digest; readonly json: string } | undefined {
    const stored = this.#deployment.get();
    if (stored !== undefined && digestOf(stored.json) !== stored.digest)
      throw corrupt(`the deployment ${stored.digest} is not the one that was stored`);
    return stored;
  }

  #content([, , , , , body, blob]: EventRow, where: () => string): { body: string; hashed: string } {
    if (body !== null) return { body, hashed: body };
    const stored = blob === null ? undefined : this.#blob.get(blob);
    if (blob === null || stored === undefined) throw corrupt(`${where()}: its blob is missing`);
    if (!blobDigest(stored.body).equals(blob)) throw corrupt(`${where()}: its blob is not the one that was written`);
    return { body: stored.body, hashed: blob.toString("hex") };
  }
}

function headOf(stored: StoredRow): Head {
  return { position: stored.head, hash: stored.head_hash, version: stored.next_version };
}

function eventOf([, , version, at, kind]: EventRow, body: string, where: () => string): Event {
  try {
    return Object.assign(JSON.parse(body) as object, { kind, version, at }) as Event;
  } catch (error) {
    throw corrupt(`${where()}: its body is not JSON`, error);
  }
}
