/** Writes dist/: host/ compiled, with its other assets beside it. The new folder is made aside and then put in place,
 *  so that a failed build leaves the old one as it was. */
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const aside = `.dist-${process.pid}`;
const tsc = join("node_modules", "typescript", "bin", "tsc");
// Files that the compiled host reads at run time; TypeScript and READMEs stay behind.
const isAsset = (file: string): boolean => !/(\.ts|\.md)$/.test(file);

process.chdir(join(import.meta.dirname, ".."));
try {
  const compiled = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", aside], {
    stdio: "inherit",
  });
  if (compiled.status !== 0) process.exitCode = 1;
  else {
    for (const entry of readdirSync("host", { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile() && isAsset(file)) cpSync(file, join(aside, file));
    }
    rmSync("dist", { recursive: true, force: true });
    renameSync(aside, "dist");
  }
} finally {
  rmSync(aside, { recursive: true, force: true });
}
