/** What a kill or a power failure leaves of a journal that is being brought up to date: one of the old format or a newer,
 *  whole and with everything in it, which a host goes on with.
 *  `STELE_IMAGES=3000 STELE_SIM_SEED=7 npx vitest run test/disk/migration-images` makes more of them. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Millis } from "../../host/core/ids.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { migrations } from "../../host/journal/open-file.ts";
import { Chance } from "../sim/chance.ts";
import { goldenFormats, type Row, restoreFormat, rowsOf, schemaOf, schemaOfNew } from "../support/format.ts";
import { noteProof } from "../support/proof.ts";
import { historiesIn, place } from "../support/rig.ts";
import { startBehindDisk } from "./disk.ts";
import { type Fate, fates, Recording } from "./recording.ts";

/** Each shows every moment with every fate. */
const rounds = Math.ceil(Number(process.env["STELE_IMAGES"] ?? 300) / 300);
const seed = Number(process.env["STELE_SIM_SEED"] ?? 1);
const newest = migrations().length;
const older = goldenFormats().filter((version) => version < newest);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(place, "stele-migrations-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function recordMigration(version: number): Promise<Recording> {
  const [data, log] = [mkdtempSync(join(folder, "data-")), join(folder, "log")];
  const script = new URL("./migrated.ts", import.meta.url);
  const migrated = startBehindDisk(folder, script, data, log, String(version));
  await migrated.said("over");
  await migrated.kill();
  return new Recording([log]);
}

function inFile<T>(dir: string, work: (db: Database.Database) => T): T {
  const db = new Database(join(dir, "journal.sqlite"), { fileMustExist: true });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** The format that a copy of the folder is in, as whoever knows that format reads it. */
function formatIn(dir: string, version: number, kept: readonly Row[], where: string): number {
  const copy = `${dir}-copy`;
  cpSync(dir, copy, { recursive: true });
  const found = inFile(copy, (db) => {
    const format = Number(db.pragma("user_version", { simple: true }));
    expect(db.pragma("integrity_check", { simple: true }), where).toBe("ok");
    expect(schemaOf(db), `${where}: the tables of format ${format}`).toEqual(schemaOfNew(format));
    const rows = rowsOf(db, version);
    // The epoch of the host that brought it up to date.
    expect(rows, where).toEqual(format < newest ? kept : (expect.arrayContaining([...kept]) as unknown));
    return format;
  });
  rmSync(copy, { recursive: true });
  return found;
}

test.each(older)(
  "a migration from format %i, whenever it is cut short, leaves a journal of one format with everything in it",
  { timeout: 60_000 * (1 + rounds) },
  async (version) => {
    const old = mkdtempSync(join(folder, "old-"));
    restoreFormat(version, old);
    const [kept, histories] = [inFile(old, (db) => rowsOf(db, version)), historiesIn(old)];
    const recording = await recordMigration(version);
    const first =
      Array.from({ length: recording.length }, (_, end) => end).find((end) => recording.marked(end) >= 1) ?? 0;
    const count = rounds * fates.length * (recording.length - first + 1);
    const formats = new Map<number, number>();
    for (let n = 0; n < count; n++) {
      const chance = new Chance(seed + n);
      const end = first + (Math.floor(n / fates.length) % (recording.length - first + 1));
      const fate = fates[n % fates.length] as Fate;
      const dir = join(folder, `image-${n}`);
      mkdirSync(dir);
      for (const [name, bytes] of recording.image(end, fate, chance)) writeFileSync(join(dir, name), bytes);
      const where = `from format ${version}, seed ${seed}, image ${n} (${fate}, before entry ${end})`;
      const format = formatIn(dir, version, kept, where);
      formats.set(format, (formats.get(format) ?? 0) + 1);
      expect(format, where).toBeGreaterThanOrEqual(recording.marked(end) === 2 ? newest : version);

      openJournal({ dir, now: () => Date.now() as Millis }).close();
      expect(historiesIn(dir), where).toEqual(histories);
      expect(inFile(dir, schemaOf), where).toEqual(schemaOfNew(newest));
      rmSync(dir, { recursive: true });
    }
    for (let format = version; format <= newest; format++)
      expect(formats.get(format), `in format ${format}`).toBeGreaterThan(0);
    noteProof(`migrations from format ${version} that are cut short`, {
      images: count,
      old: formats.get(version) ?? 0,
    });
  },
);
