/** One number to reach. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly reach: number;
  readonly better: "less" | "more";
  /** The bound is on what comes on top of the floor. */
  readonly aboveFloor?: true;
  readonly what: string;
}

export interface Measured {
  readonly value: number;
  /** The same work on the bare journal, in the row's unit; null where there is no such thing. */
  readonly floor: number | null;
  readonly note?: string;
}

export const rows: readonly Row[] = [
  {
    name: "step-latency",
    unit: "ms",
    reach: 0.5,
    aboveFloor: true,
    better: "less",
    what: "one sequential activity step, tiny guest, p50",
  },
  {
    name: "throughput",
    unit: "steps/s",
    reach: 5_000,
    better: "more",
    what: "1000 workflows of 10 steps, tiny guests",
  },
  {
    name: "create",
    unit: "executions/s",
    reach: 3_000,
    better: "more",
    what: "executions created, acknowledged, durable",
  },
  { name: "replay-call", unit: "us", reach: 10, better: "less", what: "one replayed call, tiny guest" },
  {
    name: "replay-10k",
    unit: "ms",
    reach: 150,
    better: "less",
    what: "a history of 10,000 events, loaded and replayed",
  },
  { name: "parked-rss", unit: "MB", reach: 300, better: "less", what: "resident memory with 50,000 executions asleep" },
  {
    name: "restart",
    unit: "s",
    reach: 10,
    better: "less",
    what: "restart until 10,000 unfinished executions all go on",
  },
  { name: "start", unit: "ms", reach: 400, better: "less", what: "start of a host, components cached" },
  {
    name: "bytes-per-step",
    unit: "KB",
    reach: 3,
    better: "less",
    what: "written per step of 100-byte payloads, WAL included",
  },
  { name: "fuel-cost", unit: "times", reach: 1.5, better: "less", what: "a guest that only calls itself, with fuel" },
  { name: "fresh-instance", unit: "us", reach: 100, better: "less", what: "a fresh instance of a tiny guest" },
  {
    name: "waiting-http",
    unit: "ms",
    reach: 15_000,
    better: "less",
    what: "1,000 activities in JavaScript wait for HTTP in one thread, then finish",
  },
];
