import { assert } from "../../host/core/assert.ts";
import type { Event } from "../../host/core/event.ts";
import type { ExecutionRow } from "../../host/core/execution.ts";
import { HostError } from "../../host/core/host-error.ts";
import type { Digest, ExecutionId, ExecutionKey } from "../../host/core/ids.ts";
import type { Change, LogLine, StoredComponent } from "../../host/ports/journal.ts";

interface Stored {
  readonly row: ExecutionRow;
  /** As JSON: nobody shares an object with the disk. */
  readonly events: readonly string[];
  /** By attempt and place. */
  readonly logs: ReadonlyMap<string, LogLine>;
}

/** What a journal holds, on the disk or as its host sees it. */
export class Kept {
  readonly executions = new Map<ExecutionKey, Stored>();
  readonly keys = new Map<ExecutionId, ExecutionKey>();
  readonly components = new Map<Digest, StoredComponent>();
  active: { readonly digest: Digest; readonly json: string } | undefined;
  /** Of the latest event. */
  position = 0;

  apply(changes: readonly Change[]): void {
    for (const { row, events, logs } of changes) {
      const before = this.executions.get(row.key);
      const first = events[0]?.version ?? before?.events.length;
      assert(first === (before?.events.length ?? 0), `${row.id}: version ${first} is not the next one`);
      const texts = events.map((event) => JSON.stringify(event));
      const stored = { row: { ...row }, events: [...(before?.events ?? []), ...texts], logs: linesOf(before, logs) };
      assert(events.length === 0 || row.nextVersion === stored.events.length, `${row.id}: the row is not its head's`);
      const isAsBefore = events.length === 0 && before !== undefined;
      this.executions.set(row.key, isAsBefore ? { ...stored, row: before.row } : stored);
      this.keys.set(row.id, row.key);
      this.position += events.length;
    }
  }

  history(key: ExecutionKey): readonly Event[] {
    return (this.executions.get(key)?.events ?? []).map((text) => JSON.parse(text) as Event);
  }

  find(id: ExecutionId): ExecutionRow | undefined {
    const key = this.keys.get(id);
    return key === undefined ? undefined : this.executions.get(key)?.row;
  }

  copy(): Kept {
    const copy = new Kept();
    for (const [key, stored] of this.executions) copy.executions.set(key, stored);
    for (const [id, key] of this.keys) copy.keys.set(id, key);
    for (const [digest, component] of this.components) copy.components.set(digest, component);
    copy.active = this.active;
    copy.position = this.position;
    return copy;
  }
}

/** A line that is there already stays as it is. */
function linesOf(before: Stored | undefined, logs: readonly LogLine[] = []): ReadonlyMap<string, LogLine> {
  if (logs.length === 0) return before?.logs ?? new Map<string, LogLine>();
  return new Map([
    ...logs.map((line) => [`${line.attempt} ${line.index}`, { ...line }] as const),
    ...(before?.logs ?? []),
  ]);
}

/** How writing goes wrong. */
export interface Fault {
  readonly code: "journal-io" | "journal-full";
  /** Which part of the batch is on the disk all the same, from 0 to 1. */
  readonly keeps: number;
}

/** What outlives a host: all that was committed, and whose turn it is to write. */
export class SimulatedDisk {
  readonly kept = new Kept();
  epoch = 0;
  owner: object | undefined;
  /** Asked before each write. */
  fault: () => Fault | undefined = () => undefined;
  /** Asked before each append. */
  appendFault: () => Fault | undefined = () => undefined;
  /** Asked before each read. */
  readFault: () => Fault | undefined = () => undefined;
  /** Hears of each unit as soon as it is on the disk. */
  onUnit: (changes: readonly Change[], epoch: number) => void = () => undefined;

  /** Lets a host in that writes as the newest from now on. Throws HostError while another is there. */
  enter(owner: object): number {
    if (this.owner !== undefined) throw new HostError("journal-locked", "another host has the journal");
    const fault = this.fault();
    if (fault !== undefined) throw failureOf(fault);
    this.owner = owner;
    return ++this.epoch;
  }

  leave(owner: object): void {
    if (this.owner === owner) this.owner = undefined;
  }

  /** Writes all units, or throws a HostError and has written the first of them, or none. */
  write(epoch: number, units: readonly (readonly Change[])[]): void {
    this.check(epoch);
    const fault = this.fault();
    this.keep(epoch, fault === undefined ? units : units.slice(0, Math.round(fault.keeps * units.length)));
    if (fault !== undefined) throw failureOf(fault);
  }

  /** What was on its way when its host went. */
  keep(epoch: number, units: readonly (readonly Change[])[]): void {
    this.check(epoch);
    for (const unit of units) {
      this.kept.apply(unit);
      this.onUnit(unit, epoch);
    }
  }

  check(epoch: number): void {
    if (epoch === this.epoch) return;
    throw new HostError("journal-fenced", `taken over by epoch ${this.epoch}; this host is of epoch ${epoch}`);
  }
}

export function failureOf({ code }: Fault): HostError {
  return new HostError(code, "the simulated disk fails");
}
