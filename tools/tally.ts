import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/** Prints the last line of a test run: `N passed, N failed`, and how many were skipped if any were. */
export class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      count.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // What never came to an end did not pass.
        if (state === "pending") count.failed += 1;
        else count[state] += 1;
      }
    }
    const skipped = count.skipped === 0 ? "" : `, ${count.skipped} skipped`;
    process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
  }
}
