import { defineConfig } from "vitest/config";
import { Tally } from "./tools/tally.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    environment: "node",
    // JSPI, worker threads and a native module: each file gets a process of its own.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ["default", new Tally()],
  },
});
