import { join } from "node:path";
import Database from "better-sqlite3";

/** How many of the parent's children had finished, in the order of the journal, when the last of the others did. */
export function finishedBefore(data: string, parent: string, others: readonly string[]): number {
  const db = new Database(join(data, "journal.sqlite"), { readonly: true });
  const count = db
    .prepare<[string, string], number>(
      `select count(*) from execution p join execution c on c.parent = p.key
       where p.id = ? and c.head < (select max(head) from execution where id in (select value from json_each(?)))`,
    )
    .pluck()
    .get(parent, JSON.stringify(others));
  db.close();
  return count ?? 0;
}
