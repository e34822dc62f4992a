import type { z } from "zod";
import { type ComponentKind, type ComponentLimits, defaultLimitsOf } from "../core/deployment.ts";
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

/** What a component may use for which these limits are written: of the others as much as usual, or what is allowed if that
 *  is less. */
export function limitsWithin(
  written: Partial<ComponentLimits>,
  allowed: Partial<ComponentLimits>,
  kind: ComponentKind,
): ComponentLimits {
  const usual = defaultLimitsOf(kind);
  const lowered = activityLimits.map(
    ([limit]) => [limit, Math.min(usual[limit], allowed[limit] ?? usual[limit])] as const,
  );
  return { ...usual, ...Object.fromEntries(lowered), ...written };
}

/** A sentence for each limit that is written and larger than what is allowed. */
export function limitsBeyond(
  limits: Partial<ComponentLimits>,
  allowed: Partial<ComponentLimits>,
  kind: ComponentKind,
): readonly string[] {
  const names = kind === "workflow" ? workflowLimits : kind === "activity" ? activityLimits : [];
  return names.flatMap(([limit, name]) => {
    const [asked, most] = [limits[limit], allowed[limit]];
    if (asked === undefined || most === undefined || asked <= most) return [];
    return [`limits.${name} is ${limitText(limit, asked)}, and the operator allows ${limitText(limit, most)}`];
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
