/** Measures one row in this process and prints it as JSON: `node measure.ts NAME FOLDER`. */
import type { Measured } from "./rows.ts";
import { replay10k, replayCall } from "./scenarios/replaying.ts";
import { parkedRss, restart, start } from "./scenarios/resting.ts";
import { bytesPerStep, create, stepLatency, throughput } from "./scenarios/running.ts";
import { freshInstance, fuelCost, waitingHttp } from "./scenarios/sandbox.ts";

const scenarios: Record<string, (folder: string) => Promise<Measured>> = {
  "step-latency": stepLatency,
  throughput,
  create,
  "replay-call": replayCall,
  "replay-10k": replay10k,
  "parked-rss": parkedRss,
  restart,
  start,
  "bytes-per-step": bytesPerStep,
  "fuel-cost": fuelCost,
  "fresh-instance": freshInstance,
  "waiting-http": waitingHttp,
};

const [name = "", folder = ""] = process.argv.slice(2);
const scenario = scenarios[name];
if (scenario === undefined) throw new Error(`no scenario ${name}`);
console.log(JSON.stringify(await scenario(folder)));
