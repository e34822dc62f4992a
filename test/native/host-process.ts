/** A host that has one activity run by a local program, until it is killed. */
import { type HostOptions, openHost } from "../../host/index.ts";

export interface HostOrder extends HostOptions {
  readonly id: string;
}

const { id, ...options } = JSON.parse(process.argv[2] ?? "") as HostOrder;
const host = await openHost(options);
await host.submit(".../work.echo", ["text"], { executionId: id });
