import type { z } from "zod";
import type { ComponentKind, ComponentLimits } from "../core/deployment.ts";
import { count, size } from "./fields.ts";

type LimitName = readonly [limit: keyof ComponentLimits, name: keyof typeof limitFields];

/** Those of a workflow, which its histories hold, by the names under which people write them. */
const workflowLimits: readonly LimitName[] = [
  ["memoryBytesMax", "memory"],
  ["fuel", "fuel"],
];

const activityLimits: readonly LimitName[] = [
  ...workflowLimits,
  ["tableEntriesMax", "table_entries"],
  ["logBytesMax", "log"],
  ["openRequestsMax", "open_requests"],
  ["requestBytesMax", "request_body"],
  ["responseBytesMax", "response_body"],
  ["openFilesMax", "open_files"],
  ["writtenBytesMax", "written"],
];

export const workflowLimitFields = { memory: size.exactOptional(), fuel: count.exactOptional() };

export const limitFields = {
  ...workflowLimitFields,
  table_entries: count.exactOptional(),
  log: size.exactOptional(),
  open_requests: count.exactOptional(),
  request_body: size.exactOptional(),
  response_body: size.exactOptional(),
  open_files: count.exactOptional(),
  written: size.exactOptional(),
};

/** The limits that are written. */
export function limitsOf(written: z.output<z.ZodObject<typeof limitFields>> = {}): Partial<ComponentLimits> {
  const limits = activityLimits.map(([limit, name]) => [limit, written[name]] as const);
  return Object.fromEntries(limits.filter(([, value]) => value !== undefined));
}

/** A sentence for each limit of a component that is larger than what is allowed. */
export function limitsBeyond(
  limits: ComponentLimits,
  allowed: Partial<ComponentLimits>,
  kind: ComponentKind,
): readonly string[] {
  const names = kind === "workflow" ? workflowLimits : kind === "activity" ? activityLimits : [];
  return names.flatMap(([limit, name]) => {
    const most = allowed[limit];
    if (most === undefined || limits[limit] <= most) return [];
    return [`limits.${name} is ${limitText(limit, limits[limit])}, and the operator allows ${limitText(limit, most)}`];
  });
}

/** `64 MiB`, or a number of what is no size. */
function limitText(limit: string, value: number): string {
  if (!limit.endsWith("BytesMax")) return String(value);
  const [unit, bytes] = sizeUnits.find(([, bytes]) => value % bytes === 0) ?? [value === 1 ? "byte" : "bytes", 1];
  return `${value / bytes} ${unit}`;
}

const sizeUnits = [
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
] as const;
