import { type ExecutionId, openReader } from "../index.ts";
import { showText, treeOf } from "./show.ts";

const everyMs = 250;

/** Shows the execution's tree on a terminal while it runs, read from the journal beside the host. Nothing elsewhere. */
export function watchProgress(data: string, id: ExecutionId, quiet: boolean): { stop(): void } {
  if (quiet || !process.stderr.isTTY) return { stop: () => undefined };
  let shown = 0;
  const clear = () => {
    if (shown > 0) process.stderr.write(`\u001b[${shown}A\u001b[0J`);
    shown = 0;
  };
  const draw = () => {
    const reader = openReader(data);
    try {
      const row = reader.findExecution(id);
      if (row === undefined) return;
      const now = Date.now();
      const lines = showText(treeOf(reader, row, now), now)
        .split("\n")
        .slice(-(process.stderr.rows - 1));
      clear();
      process.stderr.write(`${lines.join("\n")}\n`);
      shown = lines.length;
    } finally {
      reader.close();
    }
  };
  const timer = setInterval(() => {
    try {
      draw();
    } catch {
      // What can't be shown now may be shown next time; the host is not to suffer from it.
    }
  }, everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      clear();
    },
  };
}
