/** The source itself: what HOUSE style asks of files and names, and no linter knows. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const left = new Set(["node_modules", "dist", "build", "coverage", "generated", ".git"]);

function filesUnder(folder: string): string[] {
  const absolute = join(root, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (left.has(entry.name) || entry.name.startsWith(".dist-")) return [];
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const foldersOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

const sources = filesUnder("host").filter((path) => path.endsWith(".ts"));

describe("rooms", () => {
  test.each(foldersOf("host"))("host/%s opens with a short README", (room) => {
    const readme = join("host", room, "README.md");
    expect(existsSync(join(root, readme)), `${readme} is missing: say what lives here and what may not`).toBe(true);
    expect(read(readme).split("\n").length).toBeLessThanOrEqual(60);
  });

  test("no file of the host has more than 500 lines", () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.filter((path) => read(path).split("\n").length > 501)).toEqual([]);
  });
});

describe("words", () => {
  const refused = new Set(
    ["task", "job", "checkpoint", "manager", "helper", "util", "data", "info"].flatMap((word) => [word, `${word}s`]),
  );
  const refusedIn = (name: string): string[] =>
    name
      .replaceAll(/([a-z\d])([A-Z])/g, "$1-$2")
      .toLowerCase()
      .split(/[^a-z]+/)
      .filter((word) => refused.has(word));

  test("the rule finds a refused word in any spelling", () => {
    expect(
      ["JobQueue", "job-queue.ts", "parseTasks", "DATA_DIR", "utils"].map((name) => refusedIn(name).length),
    ).toEqual([1, 1, 1, 1, 1]);
    expect(["database", "informed", "jobless", "metadata"].flatMap(refusedIn)).toEqual([]);
  });

  test("files and folders are named in the words of the house", () => {
    expect(filesUnder("host").filter((path) => refusedIn(path).length > 0)).toEqual([]);
  });

  test("so is what they export", () => {
    const declared = /^export (?:declare |abstract |async )*(?:function\*?|class|const|let|type|interface) (\w+)/gm;
    const found = sources.flatMap((path) =>
      [...read(path).matchAll(declared)].flatMap(([, name = ""]) =>
        refusedIn(name).length > 0 ? [`${path}: ${name}`] : [],
      ),
    );
    expect(found).toEqual([]);
  });
});

test("the core reads no clock", () => {
  const reads = filesUnder(join("host", "core")).filter((path) => /\bnew Date\(\)|[^.\w]Date\(\)/.test(read(path)));
  expect(reads).toEqual([]);
});

test("each folder of wit/ names the package and the version that it holds", () => {
  const folders = foldersOf("wit");
  expect(folders.length).toBeGreaterThan(0);
  for (const folder of folders) {
    const declared = filesUnder(join("wit", folder))
      .filter((path) => path.endsWith(".wit"))
      .flatMap((path) =>
        [...read(path).matchAll(/^package ([\w:-]+)@([\d.]+);/gm)].map(([, name, version]) => `${name}@${version}`),
      );
    expect(declared.map((name) => name.replace(":", "-"))).toContain(folder);
  }
});

test("nothing names a place on somebody's machine", () => {
  const place = /(?:^|[\s"'`(=:])\/(?:work|root|home|Users)\/\w/m;
  expect(place.test(['"', "home", 'me"'].join("/"))).toBe(true);
  const folders = ["host", "test", "bench", "examples", "components", "tools", "wit", "bin"].flatMap(filesUnder);
  const rootFiles = readdirSync(root).filter((name) => /\.md$|\.json$|\.ts$|^Makefile$/.test(name));
  const text = [...folders, ...rootFiles].filter((path) => !/\.(?:wasm|sqlite|bin)$/.test(path));
  expect(text.filter((path) => place.test(read(path))).map((path) => relative(".", path))).toEqual([]);
});

test("the lock file names no registry, so that it works with any mirror", () => {
  expect(read("package-lock.json")).not.toContain('"resolved": "http');
});
