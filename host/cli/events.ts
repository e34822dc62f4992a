import type { Command } from "commander";
import { describeEvent } from "../core/describe.ts";
import type { Event } from "../index.ts";
import { executionOf, reading, readingCommand } from "./options.ts";
import { failureText, outcomeText } from "./outcome.ts";
import { printJson } from "./output.ts";
import { columns, durationText, fit, timeText } from "./text.ts";

export function eventsCommand(): Command {
  return readingCommand("events", "Print the history of an execution, event by event")
    .argument("<id>", "the execution")
    .option("--full", "whole lines, whatever the terminal's width")
    .addHelpText("after", "\nExample: stele events --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0")
    .action((id: string, options: { data: string; json?: boolean; full?: boolean }) =>
      reading(options.data, (reader) => {
        const history = reader.history(executionOf(reader, id).key);
        if (options.json === true) printJson(history);
        else
          console.log(eventsText(history, options.full === true ? Number.POSITIVE_INFINITY : process.stdout.columns));
      }),
    );
}

export function eventsText(history: readonly Event[], width: number | undefined): string {
  const rows = history.map((event) => [
    String(event.version).padStart(4),
    timeText(event.at),
    event.kind,
    detail(event),
  ]);
  return columns(rows)
    .split("\n")
    .map((line) => fit(line, width))
    .join("\n");
}

function detail(event: Event): string {
  switch (event.kind) {
    case "created":
      return `${event.function}${JSON.stringify(event.params)}${event.startAt === undefined ? "" : `, not before ${timeText(event.startAt)}`}`;
    case "child-finished":
      return `${event.joinSet}_${event.index} ${outcomeText(event.outcome)}`;
    case "delay-submitted":
      return `${describeEvent(event)}, due ${timeText(event.dueAt)}: ${event.delay}`;
    case "delay-expired":
    case "delay-cancelled":
      return event.delay;
    case "value-drawn":
      return `${describeEvent(event)} = ${JSON.stringify(event.value)}`;
    case "attempt-started":
      return `attempt ${event.attempt}${event.leaseMs === undefined ? "" : `, under a lease of ${durationText(event.leaseMs)}`}`;
    case "attempt-failed":
      return `attempt ${event.attempt}, ${event.reason.kind}: ${failureText(event.reason)}; next at ${timeText(event.retryAt)}`;
    case "ended":
    case "finished":
      return outcomeText(event.outcome);
    case "child-submitted":
    case "next-awaited":
      return describeEvent(event);
    case "join-set-closed":
      return `${describeEvent(event)}${event.waits ? "" : ", which was dropped"}`;
    case "child-refused":
      return `${describeEvent(event)}: ${outcomeText(event.outcome)}`;
    case "request-refused":
      return `${describeEvent(event)}: ${JSON.stringify(event.error)}`;
    case "execution-scheduled":
      return `${describeEvent(event)}: ${event.execution}, due ${timeText(event.startAt)}`;
    case "stub-written":
      return `${describeEvent(event)}: ${JSON.stringify(event.answer)}`;
    case "next-tried":
      return `${describeEvent(event)}: ${event.found ? "found" : `pending${event.times === 1 ? "" : ` ${event.times} times`}`}`;
    case "component-changed":
      return event.component;
    case "component-refused": {
      const { version, recorded, attempted } = event.difference;
      return `${event.component}: version ${version}: recorded ${recorded}; attempted ${attempted}`;
    }
    case "signal-requested":
    case "state-published":
    case "continuing":
      return describeEvent(event);
    case "continued":
      return JSON.stringify(event.params);
    case "signal-buffered":
    case "signal-delivered":
      return `${event.channel} ${JSON.stringify(event.value)}`;
    case "signal-cancelled":
      return event.joinSet;
    case "paused":
    case "unpaused":
      return "";
  }
}
