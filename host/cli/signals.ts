import type { Host } from "../index.ts";

const codes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Closes the host cleanly when the process is asked to stop; what is unfinished stays in the folder. */
export function stopOnSignal(host: Host, data: string): { readonly stopping: boolean; done(): void } {
  let stopping = false;
  const stop = (signal: keyof typeof codes) => {
    if (stopping) return;
    stopping = true;
    console.error(`stopped by ${signal}; \`stele resume --data ${data}\` goes on`);
    process.exitCode = codes[signal];
    void host.close();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return {
    get stopping() {
      return stopping;
    },
    done: () => {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    },
  };
}
