import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AssertionError } from "../../host/core/assert.ts";
import type { Millis } from "../../host/core/ids.ts";
import type { LogLevel, LogLine } from "../../host/ports/journal.ts";
import { component, drew, idOf } from "../support/author.ts";
import { startedAt } from "../support/histories.ts";
import { activate, componentOf, digestOf, expectWhole, JournalFixture, type JournalStore } from "./fixture.ts";

const [a, b] = [idOf(1), idOf(2)];
const levels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "stdout", "stderr"];

function line(attempt: number, index: number, message: string, level: LogLevel = "info"): LogLine {
  return { attempt, index, at: (startedAt + index) as Millis, level, message };
}

/** What a Journal keeps beside the histories: large bodies, log lines, components, deployments. */
export function describeBelongings(name: string, store: JournalStore): void {
  let at: JournalFixture;
  beforeEach(() => {
    at = new JournalFixture(store);
  });
  afterEach(() => at.remove());

  describe(`${name}: large bodies`, () => {
    const kib = 1024;
    // Two bytes a letter in UTF-8: a limit counted in one measure and kept in another would show.
    const texts = [255, 256, 257, 4_096].map((size) => "\u00e9".repeat(size * kib));

    test.each(texts.map((text) => [text.length / kib, text] as const))("of %i Ki letters come back", (_, text) => {
      at.journal.append([at.author.begin(a, [text]), at.author.next(a, drew(text)), at.author.finish(a, text)]);
      expectWhole(at);
      at.reopen();
      expectWhole(at);
    });

    test("the same in two histories belongs to both", () => {
      const text = "x".repeat(300 * kib);
      at.journal.append([at.author.begin(a, [text]), at.author.begin(b, [text])]);
      at.reopen();
      at.journal.append([at.author.finish(a)]);
      expectWhole(at);
    });
  });

  describe(`${name}: log lines`, () => {
    test("of every level come back by attempt and place, whatever the order of their coming", () => {
      const lines = levels.map((level, index) => line(1, index, `${level} \u{1f30d}\n`, level));
      const second = [line(2, 0, ""), line(2, 1, "x".repeat(10_000))];
      const { row, events } = at.author.begin(a);
      at.journal.append([{ row, events, logs: second }]);
      at.journal.append([{ row, events: [], logs: lines.toReversed() }]);
      expect(at.journal.logCount(row.key, 1)).toBe(lines.length);
      expect(at.journal.logCount(row.key, 2)).toBe(2);
      expect(at.journal.logCount(row.key, 3)).toBe(0);
      at.reopen();
      expect(at.reading((reader) => reader.logs(row.key))).toEqual([...lines, ...second]);
      expect(at.journal.logCount(row.key, 2)).toBe(2);
      expectWhole(at);
    });

    test("one that is there already stays as it is", () => {
      const { row, events } = at.author.begin(a);
      at.journal.append([{ row, events, logs: [line(0, 0, "first")] }]);
      at.reopen();
      at.journal.append([{ row, events: [], logs: [line(0, 0, "again"), line(0, 1, "next")] }]);
      at.reopen();
      expect(at.reading((reader) => reader.logs(row.key)).map(({ message }) => message)).toEqual(["first", "next"]);
    });

    test("a unit of nothing but lines changes no row and has no position of its own", async () => {
      const { row, events } = at.author.begin(a);
      const position = at.journal.append([{ row, events }]);
      expect(at.journal.append([{ row, events: [], logs: [line(0, 0, "here")] }])).toBe(position);
      await at.journal.durable(position);
      expect(at.reading((reader) => reader.logs(row.key))).toHaveLength(1);
      expectWhole(at);
    });

    test("a unit of nothing but lines is committed although its position was durable before", async () => {
      const { row, events } = at.author.begin(a);
      await at.journal.durable(at.journal.append([{ row, events }]));
      at.journal.append([{ row, events: [], logs: [line(0, 0, "later")] }]);
      at.reopen();
      expect(at.reading((reader) => reader.logs(row.key))).toHaveLength(1);
    });

    test("belong to one execution", () => {
      const [first, second] = [at.author.begin(a), at.author.begin(b)];
      at.journal.append([{ ...first, logs: [line(0, 0, "of the first")] }, second]);
      expect(at.journal.logCount(second.row.key, 0)).toBe(0);
      at.reopen();
      expect(at.reading((reader) => reader.logs(second.row.key))).toEqual([]);
    });
  });

  describe(`${name}: components`, () => {
    test("are there at once and for good, each digest once", () => {
      const stored = componentOf("\u0000asm and more", "first");
      at.journal.putComponent(stored);
      at.journal.putComponent({ ...stored, name: "second" });
      expect(at.reading((reader) => reader.component(stored.digest))?.name).toBe("first");
      at.reopen();
      const read = at.journal.component(stored.digest);
      expect(read).toMatchObject({ name: "first", kind: "activity", digest: stored.digest });
      expect(Buffer.from(read?.bytes ?? []).equals(stored.bytes)).toBe(true);
      expect(at.journal.componentKinds()).toEqual(
        new Map([
          [component.digest, "workflow"],
          [stored.digest, "activity"],
        ]),
      );
    });

    test("one that is not there", () => {
      expect(at.journal.component(digestOf("nothing"))).toBeUndefined();
      expect(at.reading((reader) => reader.component(digestOf("nothing")))).toBeUndefined();
    });

    test("may not go by another's digest", () => {
      const { digest } = componentOf("one");
      expect(() => at.journal.putComponent({ ...componentOf("another"), digest })).toThrow(AssertionError);
      expect(at.journal.component(digest)).toBeUndefined();
    });

    test("one that executions belong to and that is not stored is a problem", () => {
      const missing = digestOf("missing");
      const { row, events } = at.author.begin(a);
      const created = events.map((event) => ({ ...event, component: missing }));
      at.journal.append([{ row: { ...row, component: missing }, events: created }]);
      at.reopen();
      expect(at.problems()).toEqual([expect.stringContaining(missing)]);
    });

    test("storing one commits what was appended before it", () => {
      at.journal.append([at.author.begin(a)]);
      at.journal.putComponent(componentOf("one"));
      expect(at.reading((reader) => reader.findExecution(a))).toEqual(at.author.row(a));
    });
  });

  describe(`${name}: deployments`, () => {
    test("there is none at first", () => {
      expect(at.journal.activeDeployment()).toBeUndefined();
      expect(at.reading((reader) => reader.activeDeployment())).toBeUndefined();
    });

    test("the one that was activated last is active, also when it was before", () => {
      const [first, second] = ['{"n":1}', '{"n":2}'];
      for (const json of [first, second, first]) {
        activate(at.journal, json);
        expect(at.journal.activeDeployment()).toEqual({ digest: digestOf(json), json });
      }
      at.reopen();
      expect(at.journal.activeDeployment()?.json).toBe(first);
      expect(at.reading((reader) => reader.activeDeployment())?.json).toBe(first);
    });

    test("may not go by another's digest", () => {
      expect(() => at.journal.activateDeployment(digestOf("{}"), "[]", startedAt as Millis)).toThrow(AssertionError);
      expect(at.journal.activeDeployment()).toBeUndefined();
    });
  });
}
