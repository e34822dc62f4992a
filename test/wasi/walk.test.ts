/** A walk below an open folder, beside the system's own way with the same path. */
import { closeSync, lstatSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { array, assert, boolean, constantFrom, option, property, record } from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileErrorCode } from "../../host/component/wasi/files/error-code.ts";
import { walk } from "../../host/component/wasi/files/walk.ts";

let place: string;

beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "stele-walk-")));
});

afterEach(() => rmSync(place, { recursive: true }));

const word = constantFrom("a", "b", "c", "..", ".", "");
const path = array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join("/"));
/** Where something is made: never above the root. */
const below = array(constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));

/** Where the system comes to by a path; undefined for nowhere. */
function systemWay(from: string): string | undefined {
  try {
    return realpathSync.native(from);
  } catch {
    return undefined;
  }
}

/** Where a walk comes to, or the code of what stops it. */
function ourWay(root: number, guestPath: string): { readonly at: string } | { readonly code: string | undefined } {
  try {
    return walk(root, guestPath, true, (found) => {
      const [folder, name] = [dirname(found.path), found.path.slice(dirname(found.path).length + 1)];
      const at = join(realpathSync.native(folder), name);
      return lstatSync(at, { throwIfNoEntry: false }) === undefined ? { code: "no-entry" } : { at };
    });
  } catch (error) {
    return { code: fileErrorCode(error) };
  }
}

test("comes to where the system does, or stops; it never leaves its folder", () => {
  let [round, came] = [0, 0];
  const entry = record({ at: below, link: option(path), absolute: boolean() });
  assert(
    property(array(entry, { maxLength: 12 }), array(path, { minLength: 5, maxLength: 20 }), (entries, paths) => {
      const root = join(place, `round-${++round}`, "root");
      mkdirSync(root, { recursive: true });
      for (const made of entries) {
        const at = join(root, made.at);
        // A folder that is a link may lie elsewhere.
        if (systemWay(dirname(at)) !== dirname(at) || lstatSync(at, { throwIfNoEntry: false }) !== undefined) continue;
        if (made.link === null) mkdirSync(at);
        else symlinkSync(made.absolute ? join(root, made.link) : made.link || ".", at);
      }
      const handle = openSync(root, "r");
      try {
        for (const each of paths) {
          const ours = ourWay(handle, each);
          if ("code" in ours) {
            expect(ours.code).toBeDefined();
            continue;
          }
          came++;
          expect(`${ours.at}/`.startsWith(`${root}/`)).toBe(true);
          expect(systemWay(`${root}/${each}`)).toBe(ours.at);
        }
      } finally {
        closeSync(handle);
      }
    }),
    { numRuns: 200 },
  );
  expect(came).toBeGreaterThan(100);
});
