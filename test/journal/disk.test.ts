/** Disks that are full or can't be written. A disk of one's own takes the right to mount one. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HostError } from "../../host/core/host-error.ts";
import type { ExecutionId, Millis } from "../../host/core/ids.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { openReader } from "../../host/journal/reader.ts";
import type { Journal } from "../../host/ports/journal.ts";
import { Author, component, drew, idOf } from "../support/author.ts";
import { startedAt } from "../support/histories.ts";
import { hostError, problemsOf } from "./fixture.ts";

const mib = 1024 * 1024;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "stele-disk-"));
});
afterEach(() => {
  chmodSync(dir, 0o700);
  rmSync(dir, { recursive: true });
});

function open(): Journal {
  return openJournal({ dir, now: () => startedAt as Millis });
}

function mount(...args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync("mount", args, { encoding: "utf8" });
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : stderr;
}

function unmount(): void {
  spawnSync("umount", [dir]);
}

describe("a full disk", () => {
  afterEach(unmount);

  /** Appends until the disk is full. Returns how many events of each execution were acknowledged. */
  async function fill(
    journal: Journal,
    author: Author,
    ids: readonly ExecutionId[],
  ): Promise<Map<ExecutionId, number>> {
    const acknowledged = new Map<ExecutionId, number>();
    for (let turn = 0; ; turn++) {
      const unit = ids.map((id) => author.next(id, drew(`${turn} `.repeat(1_000))));
      try {
        await journal.durable(journal.append(unit));
      } catch (error) {
        expect(error).toEqual(hostError("journal-full"));
        expect((error as HostError).message).toContain(dir);
        expect((error as HostError).hint).toContain("make room");
        return acknowledged;
      }
      for (const { row } of unit) acknowledged.set(row.id, row.nextVersion);
    }
  }

  test("loses nothing that was acknowledged, and the journal goes on when there is room again", async ({ skip }) => {
    const problem = mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", dir);
    skip(problem !== undefined, `no disk could be mounted: ${problem}`);
    const ballast = join(dir, "ballast");
    writeFileSync(ballast, Buffer.alloc(2 * mib));

    const ids = [idOf(1), idOf(2), idOf(3)];
    let journal = open();
    const author = new Author(journal);
    journal.putComponent(component);
    await journal.durable(journal.append(ids.map((id) => author.begin(id))));
    const acknowledged = await fill(journal, author, ids);
    expect([...acknowledged.keys()]).toEqual(ids);

    expect(() => journal.append([author.begin(idOf(4))])).toThrow(hostError("journal-full"));
    journal.close();
    expectAcknowledged(author, acknowledged);

    rmSync(ballast);
    journal = open();
    for (const id of ids) {
      const row = journal.findExecution(id);
      const loaded = row === undefined ? undefined : journal.load(row.key);
      if (loaded === undefined) expect.fail(`${id} is gone`);
      author.resume(loaded.row, loaded.history);
      journal.append([author.finish(id)]);
    }
    journal.close();
    expectAcknowledged(author, acknowledged);
    expect(readRows().map(({ status }) => status)).toEqual(["finished", "finished", "finished"]);
  });

  test("without room for even a new journal is refused as full, and leaves no lock behind", ({ skip }) => {
    const problem = mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", dir);
    skip(problem !== undefined, `no disk could be mounted: ${problem}`);
    const ballast = join(dir, "ballast");
    writeFileSync(ballast, Buffer.alloc(mib - 12 * 1024));
    expect(open).toThrow(hostError("journal-full"));
    rmSync(ballast);
    open().close();
  });

  function expectAcknowledged(author: Author, acknowledged: ReadonlyMap<ExecutionId, number>): void {
    const reader = openReader(dir);
    for (const [id, count] of acknowledged) {
      const history = reader.history(author.row(id).key);
      expect(history.slice(0, count)).toEqual(author.history(id).slice(0, count));
      expect(history.length).toBeGreaterThanOrEqual(count);
    }
    expect(problemsOf(reader)).toEqual([]);
    reader.close();
  }

  function readRows() {
    const reader = openReader(dir);
    const rows = reader.executions({ limit: 9 });
    reader.close();
    return rows;
  }
});

describe("a disk that can't be written", () => {
  /** Undefined when the folder can be read only; otherwise why that can't be had. */
  function protect(): string | undefined {
    if (process.getuid?.() === 0) return mount("--bind", dir, dir) ?? mount("-o", "remount,bind,ro", dir);
    chmodSync(dir, 0o500);
    return undefined;
  }

  afterEach(unmount);

  test("is read by readers and refused to hosts", ({ skip }) => {
    const journal = open();
    const author = new Author(journal);
    journal.append([author.begin(idOf(1), ["x"]), author.finish(idOf(1))]);
    journal.putComponent(component);
    journal.close();
    const problem = protect();
    skip(problem !== undefined, `the folder could not be write-protected: ${problem}`);

    expect(open).toThrow(hostError("journal-read-only"));
    const reader = openReader(dir);
    expect(reader.executions({ limit: 9 })).toEqual([author.row(idOf(1))]);
    expect(reader.history(author.row(idOf(1)).key)).toEqual(author.history(idOf(1)));
    expect(problemsOf(reader)).toEqual([]);
    reader.close();
  });

  test("holds no new folder", ({ skip }) => {
    const problem = protect();
    skip(problem !== undefined, `the folder could not be write-protected: ${problem}`);
    expect(() => openJournal({ dir: join(dir, "new"), now: () => startedAt as Millis })).toThrow(
      hostError("journal-read-only"),
    );
  });
});
