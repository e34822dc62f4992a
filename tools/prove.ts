/** Puts Stele under fire for so many minutes, each round with other seeds, and writes what was counted to docs/reliability.md:
 *  `make prove MINUTES=10 SEED=1 INTENSITY=1`. At the first failure it ends, and prints the command that shows it again. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, release, tmpdir } from "node:os";
import { join } from "node:path";

const minutes = numberOf("MINUTES", 10);
const firstSeed = numberOf("SEED", 1);
const intensity = numberOf("INTENSITY", 1);

interface Trial {
  readonly tests: string;
  /** What makes it larger; its seed is `STELE_SIM_SEED` or `FUZZ_SEED`. */
  readonly env: Readonly<Record<string, number | string>>;
}

const trials: readonly Trial[] = [
  { tests: "test/sim", env: { STELE_SIM_CASES: 300 * intensity } },
  { tests: "test/disk", env: { STELE_IMAGES: 600 * intensity, STELE_FAULTS: "all" } },
  { tests: "test/crash", env: { STELE_KILL_SECONDS: 60 * intensity } },
  { tests: "test/load", env: { STELE_LOAD: 10, STELE_SOAK_SECONDS: 60 * intensity } },
  { tests: "test/journal", env: {} },
  { tests: "test/fuzz", env: { FUZZ_SECONDS: 10 * intensity } },
];

/** By trial, what it counted, and in how many runs. */
const sums = new Map<string, { runs: number; counts: Record<string, number> }>();
const folder = mkdtempSync(join(tmpdir(), "stele-prove-"));
const endsAt = performance.now() + minutes * 60_000;
let round = 0;
try {
  // A round is brought to its end: each trial runs as often as any other.
  do {
    for (const trial of trials) run(trial, firstSeed + round * 1_000_000);
    round++;
  } while (performance.now() < endsAt);
} finally {
  rmSync(folder, { recursive: true });
}
writeAccount();

function run({ tests, env }: Trial, seed: number): void {
  const proof = join(folder, "proof");
  rmSync(proof, { force: true });
  const settings = { ...env, [tests === "test/fuzz" ? "FUZZ_SEED" : "STELE_SIM_SEED"]: seed };
  const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const command = `${words.join(" ")} npx vitest run ${tests}`;
  console.log(`prove: ${command}`);
  const vitest = join(import.meta.dirname, "../node_modules/vitest/vitest.mjs");
  const { status } = spawnSync(process.execPath, [vitest, "run", tests, "--testTimeout=3600000"], {
    env: {
      ...process.env,
      ...Object.fromEntries(words.map((word) => word.split("=") as [string, string])),
      STELE_PROOF: proof,
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) {
    console.error(`prove: this failed, and shows it again:\n  ${command}`);
    process.exit(1);
  }
  add(tests, "runs", 1);
  if (!existsSync(proof)) return;
  for (const line of readFileSync(proof, "utf8").trim().split("\n")) {
    const { trial, counts } = JSON.parse(line) as { trial: string; counts: Readonly<Record<string, number>> };
    for (const [what, count] of Object.entries(counts)) add(trial, what, count);
    add(trial, "runs", 1);
  }
}

function add(trial: string, what: string, count: number): void {
  const sum = sums.get(trial) ?? { runs: 0, counts: {} };
  sums.set(trial, sum);
  if (what === "runs") sum.runs += count;
  else sum.counts[what] = (sum.counts[what] ?? 0) + count;
}

/** Replaces what stands between the document's two marks. */
function writeAccount(): void {
  const file = new URL("../docs/reliability.md", import.meta.url);
  const text = readFileSync(file, "utf8");
  const [begin, end] = ["<!-- what was run: begin -->\n", "<!-- what was run: end -->"];
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error("docs/reliability.md has lost its marks");
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).stdout.trim();
  const day = new Date().toISOString().slice(0, 10);
  const rows = [...sums].map(([trial, { runs, counts }]) => {
    const counted = Object.entries(counts).map(([what, count]) => `${count.toLocaleString("en")} ${what}`);
    return `| ${trial} | ${runs} | ${counted.join(", ") || "all its tests"} |\n`;
  });
  const about =
    `\`make prove MINUTES=${minutes} SEED=${firstSeed} INTENSITY=${intensity}\` on ${day}, commit ${commit}, ` +
    `${availableParallelism()} cores, Linux ${release()}: ${round} round${round === 1 ? "" : "s"}, no failure.\n\n`;
  const table = `| trial | runs | counted |\n|---|---|---|\n${rows.join("")}`;
  writeFileSync(file, `${before}${begin}${about}${table}${end}${after}`);
  spawnSync("npx", ["--no", "biome", "format", "--write", "docs/reliability.md"], { stdio: "ignore" });
  console.log(
    `prove: ${round} round${round === 1 ? "" : "s"} without a failure; the account is in docs/reliability.md`,
  );
}

function numberOf(name: string, usual: number): number {
  const text = process.env[name] ?? "";
  const value = text === "" ? usual : Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  console.error(`prove: ${name} is ${text}; a number above 0 is wanted`);
  return process.exit(2);
}
