import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AssertionError } from "../../host/core/assert.ts";
import { childId, type ExecutionKey, type JoinSetId, type Position } from "../../host/core/ids.ts";
import type { Change, ExecutionQuery } from "../../host/ports/journal.ts";
import { drew, idOf } from "../support/author.ts";
import { describeBelongings } from "./contract-belongings.ts";
import { activate, componentOf, expectWhole, hostError, JournalFixture, type JournalStore } from "./fixture.ts";

const [a, b] = [idOf(1), idOf(2)];
const joinSet = "o:1-step" as JoinSetId;

/** What every Journal keeps, whatever it is made of: each implementation runs this suite. */
export function describeJournal(name: string, store: JournalStore): void {
  let at: JournalFixture;
  beforeEach(() => {
    at = new JournalFixture(store);
  });
  afterEach(() => at.remove());

  const append = (...changes: readonly Change[]): Position => at.journal.append(changes);

  describe(`${name}: append`, () => {
    test("gives ascending positions, one for each event", () => {
      const first = append(at.author.begin(a));
      const second = append(at.author.next(a, drew("x"), drew("y")), at.author.begin(b));
      const third = append(at.author.finish(a));
      expect([second - first, third - second]).toEqual([3, 1]);
    });

    test("positions go on after a reopening", () => {
      const before = append(at.author.begin(a));
      at.reopen();
      expect(append(at.author.next(a, drew("x")))).toBe(before + 1);
      expectWhole(at);
    });

    test("what is appended is read at once, before and after it is committed", async () => {
      const { key } = at.author.begin(a, ["text"]).row;
      append({ row: at.author.row(a), events: at.author.history(a) });
      const expectRead = () => {
        const [row, history] = [at.author.row(a), at.author.history(a)];
        expect(at.journal.execution(key)).toEqual(row);
        expect(at.journal.findExecution(a)).toEqual(row);
        expect(at.journal.history(key)).toEqual(history);
        expect(at.journal.load(key)).toEqual({ row, history });
      };
      expectRead();
      const position = append(at.author.next(a, drew("x")));
      expectRead();
      await at.journal.durable(position);
      expectRead();
      at.reopen();
      expectRead();
      expectWhole(at);
    });

    test("the row is read at once before anything is committed", () => {
      append(at.author.begin(a));
      append(at.author.next(a, drew("x")));
      expect(at.journal.execution(at.author.row(a).key)).toEqual(at.author.row(a));
      expect(at.reading((reader) => reader.findExecution(a))).toBeUndefined();
    });

    test("an execution that comes from the file goes on", () => {
      append(at.author.begin(a), at.author.begin(b));
      at.reopen();
      append(at.author.next(a, drew("x")), at.author.next(b, drew("y")));
      at.reopen();
      append(at.author.finish(a, "done"), at.author.finish(b));
      expectWhole(at);
      at.reopen();
      expectWhole(at);
    });

    test("one unit may take an execution from its beginning to its end", () => {
      append(at.author.begin(a), at.author.next(a, drew("x")), at.author.finish(a));
      at.reopen();
      expectWhole(at);
    });

    test("values come back as they were, whatever their letters", () => {
      const texts = ["", "\u0000", "\u{1f30d}", "\ud800", "\u2028", '"\\\n', "{}"];
      append(at.author.begin(a, [...texts, 0, -0.5, 1e300, null, [], {}, [[{ "": [""] }]], { kind: 1, at: 2 }]));
      at.reopen();
      expectWhole(at);
    });
  });

  describe(`${name}: what cannot be is refused, and nothing of its unit is kept`, () => {
    const wrong: readonly (readonly [string, () => readonly Change[]])[] = [
      [
        "a version left out",
        () => {
          at.author.next(a, drew("left out"));
          return [at.author.next(a, drew("x"))];
        },
      ],
      [
        "a version twice",
        () => {
          const change = at.author.next(a, drew("x"));
          return [change, change];
        },
      ],
      [
        "an execution that was never begun",
        () => {
          at.author.begin(idOf(3));
          return [at.author.next(idOf(3), drew("x"))];
        },
      ],
      [
        "a row that is further than its events",
        () => {
          const { row, events } = at.author.next(a, drew("x"));
          return [{ row: { ...row, nextVersion: row.nextVersion + 1 }, events }];
        },
      ],
    ];

    test.each(wrong)("%s", (_, make) => {
      append(at.author.begin(a));
      at.reopen();
      const [row, history] = [at.author.row(a), [...at.author.history(a)]];
      const unit = [at.author.begin(b), ...make()];
      expect(() => append(...unit)).toThrow(AssertionError);
      at.reopen();
      expect(at.journal.findExecution(b)).toBeUndefined();
      expect(at.journal.load(row.key)).toEqual({ row, history });
      expect(at.problems()).toEqual([]);
    });
  });

  describe(`${name}: durable`, () => {
    test("is one promise for all that is committed together, and another for what comes later", async () => {
      const together = at.journal.durable(append(at.author.begin(a)));
      expect(at.journal.durable(append(at.author.next(a, drew("x"))))).toBe(together);
      await together;
      const later = at.journal.durable(append(at.author.next(a, drew("y"))));
      expect(later).not.toBe(together);
      await later;
    });

    test("what is durable is seen by a reader beside the host, what is not yet is not", async () => {
      const position = append(at.author.begin(a));
      expect(at.reading((reader) => reader.findExecution(a))).toBeUndefined();
      await at.journal.durable(position);
      expect(at.reading((reader) => reader.findExecution(a))).toEqual(at.author.row(a));
    });

    test("a history that is read is committed first, and no other is", async () => {
      await at.journal.durable(append(at.author.begin(b)));
      append(at.author.begin(a));
      const other = at.author.row(b).key;
      at.journal.execution(other);
      at.journal.findExecution(b);
      at.journal.history(other);
      at.journal.load(other);
      expect(at.reading((reader) => reader.findExecution(a))).toBeUndefined();
      at.journal.history(at.author.row(a).key);
      expect(at.reading((reader) => reader.findExecution(a))).toEqual(at.author.row(a));
    });

    test("close commits what is open", () => {
      append(at.author.begin(a));
      at.reopen();
      expectWhole(at);
    });

    test("what was durable before a failure stays so", async () => {
      const position = append(at.author.begin(a));
      await at.journal.durable(position);
      store.takeOver(at.place);
      await expect(at.journal.durable(append(at.author.next(a, drew("x"))))).rejects.toEqual(
        hostError("journal-fenced"),
      );
      await expect(at.journal.durable(position)).resolves.toBeUndefined();
    });
  });

  describe(`${name}: one host at a time`, () => {
    test("every opening takes a newer epoch", () => {
      const { epoch } = at.journal;
      at.reopen();
      expect(at.journal.epoch).toBeGreaterThan(epoch);
    });

    test("a second host is kept out while the first is there", () => {
      expect(() => store.open(at.place)).toThrow(hostError("journal-locked"));
      append(at.author.begin(a));
      at.reopen();
      expectWhole(at);
    });

    test("what a host appends after a newer one took over is refused, and it can do nothing more", async () => {
      await at.journal.durable(append(at.author.begin(a)));
      const before = { row: at.author.row(a), history: [...at.author.history(a)] };
      store.takeOver(at.place);
      const late = append(at.author.next(a, drew("x")), at.author.begin(b));
      const fenced = hostError("journal-fenced");
      await expect(at.journal.durable(late)).rejects.toEqual(fenced);
      expect(() => append(at.author.next(a, drew("y")))).toThrow(fenced);
      expect(() => at.journal.history(before.row.key)).toThrow(fenced);
      at.reopen();
      expect(at.journal.load(before.row.key)).toEqual(before);
      expect(at.journal.findExecution(b)).toBeUndefined();
    });

    test("it may store neither component nor deployment", () => {
      store.takeOver(at.place);
      const fenced = hostError("journal-fenced");
      expect(() => at.journal.putComponent(componentOf("late"))).toThrow(fenced);
      expect(() => activate(at.journal, "{}")).toThrow(fenced);
      expect(at.reading((reader) => reader.activeDeployment())).toBeUndefined();
      expect(at.reading((reader) => reader.component(componentOf("late").digest))).toBeUndefined();
    });

    test("a closed journal answers nothing, and is closed once", () => {
      at.journal.close();
      const closed = hostError("closed");
      expect(() => append(at.author.begin(a))).toThrow(closed);
      expect(() => at.journal.findExecution(a)).toThrow(closed);
      expect(() => at.journal.unfinished(0 as ExecutionKey, 1)).toThrow(closed);
      expect(() => at.journal.close()).not.toThrow();
    });
  });

  describe(`${name}: executions`, () => {
    test("one that is not there", () => {
      const none = 77 as ExecutionKey;
      expect(at.journal.execution(none)).toBeUndefined();
      expect(at.journal.load(none)).toBeUndefined();
      expect(at.journal.history(none)).toEqual([]);
      expect(at.journal.findExecution(idOf(9))).toBeUndefined();
    });

    test("keys ascend, and none that is taken is given again after a reopening", () => {
      expect(at.journal.nextKey()).toBeLessThan(at.journal.nextKey());
      append(at.author.begin(a), at.author.begin(b));
      at.reopen();
      expect(at.journal.nextKey()).toBeGreaterThan(at.author.row(b).key);
    });

    test("children are found by id at every depth, before and after a commit", () => {
      append(at.author.begin(a), at.author.begin(b));
      const [submitted, child] = at.author.submit(a, joinSet, [1]);
      append(submitted, child);
      const [deeper, grandchild] = at.author.submit(child.row.id, "n:shared" as JoinSetId);
      append(deeper, grandchild);
      const expectFound = () => {
        expect(at.journal.findExecution(child.row.id)).toEqual(at.author.row(child.row.id));
        expect(at.journal.findExecution(grandchild.row.id)).toEqual(grandchild.row);
        expect(at.journal.findExecution(childId(a, joinSet, 2))).toBeUndefined();
        expect(at.journal.findExecution(childId(b, joinSet, 1))).toBeUndefined();
        expect(at.journal.findExecution(childId(idOf(9), joinSet, 1))).toBeUndefined();
      };
      expectFound();
      at.reopen();
      expectFound();
      expect(at.reading((reader) => reader.findExecution(grandchild.row.id))).toEqual(grandchild.row);
      expectWhole(at);
    });

    test("a parent and its child change together or not at all", async () => {
      await at.journal.durable(append(at.author.begin(a)));
      const [submitted, child] = at.author.submit(a, joinSet);
      append(submitted, child);
      store.takeOver(at.place);
      expect(() => at.journal.history(submitted.row.key)).toThrow(hostError("journal-fenced"));
      at.reopen();
      expect(at.journal.findExecution(child.row.id)).toBeUndefined();
      expect(at.journal.execution(child.row.key)).toBeUndefined();
      expect(at.journal.history(submitted.row.key)).toHaveLength(1);
      expect(at.problems()).toEqual([]);
    });

    test("unfinished ones come in pages by ascending key", () => {
      const ids = Array.from({ length: 7 }, (_, n) => idOf(n + 1));
      append(...ids.map((id) => at.author.begin(id)));
      const page = (after: number, limit: number) =>
        at.journal.unfinished(after as ExecutionKey, limit).map(({ id }) => id);
      const keyOf = (n: number) => at.author.row(idOf(n)).key;
      expect(at.journal.unfinishedCount()).toBe(7);
      append(at.author.finish(idOf(2)), at.author.finish(idOf(4)));
      expect(at.journal.unfinishedCount()).toBe(5);
      expect(page(0, 3)).toEqual([idOf(1), idOf(3), idOf(5)]);
      expect(page(keyOf(5), 3)).toEqual([idOf(6), idOf(7)]);
      expect(page(keyOf(7), 3)).toEqual([]);
      at.reopen();
      expect(page(keyOf(1), 2)).toEqual([idOf(3), idOf(5)]);
      expect(at.journal.unfinished(0 as ExecutionKey, 1)).toEqual([at.author.row(idOf(1))]);
    });

    test("a reader lists them newest first, page by page, with children or without", () => {
      append(at.author.begin(a), at.author.begin(b), at.author.finish(b));
      append(...at.author.submit(a, joinSet));
      at.journal.close();
      const list = (query: ExecutionQuery) => at.reading((reader) => reader.executions(query).map(({ id }) => id));
      expect(list({ limit: 9 })).toEqual([b, a]);
      expect(list({ limit: 1 })).toEqual([b]);
      expect(list({ limit: 9, before: at.author.row(b).key })).toEqual([a]);
      expect(list({ limit: 9, status: "finished" })).toEqual([b]);
      expect(list({ limit: 9, children: true })).toEqual([childId(a, joinSet, 1), b, a]);
    });
  });

  describeBelongings(name, store);
}
