import { BlockList, isIP } from "node:net";
import type { AllowedHost } from "../core/deployment.ts";

/** Where a pattern leads: one of its schemes, with the host and port as they are written. */
interface Origin {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
}

const originPattern = /^(?:(\*|https?):\/\/)?(\[[^\]]*\]|[^:/]+)(?::(\*|\d+))?$/;
const defaultPorts: ReadonlyMap<string, string> = new Map([
  ["http", "80"],
  ["https", "443"],
]);

/** Whether all that a deployment's rule lets out is let out by an operator's rules, each scheme and method of it by one of
 *  them. Paths are not compared: the expressions of both hold when a request is made. */
export function covers(operator: readonly AllowedHost[], asked: AllowedHost): boolean {
  const methods = asked.methods ?? [undefined];
  return originsOf(asked.pattern).every((origin) =>
    methods.every((method) => operator.some((rule) => coversOrigin(rule, origin, method, asked.addresses ?? []))),
  );
}

function coversOrigin(
  rule: AllowedHost,
  asked: Origin,
  method: string | undefined,
  blocks: readonly string[],
): boolean {
  const allowsMethod = rule.methods === undefined || (method !== undefined && rule.methods.includes(method));
  const allowsBlocks = blocks.every((block) => rule.addresses?.some((larger) => contains(larger, block)));
  if (!allowsMethod || !allowsBlocks) return false;
  return originsOf(rule.pattern).some(
    ({ scheme, host, port }) =>
      scheme === asked.scheme &&
      (port === "*" || port === asked.port) &&
      coversHost(host, asked.host, rule.addresses ?? []),
  );
}

function originsOf(pattern: string): readonly Origin[] {
  const [, scheme = "https", host, port] = originPattern.exec(pattern.toLowerCase()) ?? [];
  if (host === undefined) return [];
  return (scheme === "*" ? ["http", "https"] : [scheme]).map((scheme) => ({
    scheme,
    host: plainHost(host),
    port: port ?? defaultPorts.get(scheme) ?? "",
  }));
}

/** A host as it is compared: `0x7f.1` and `127.0.0.1` are one, and so are `example.com.` and `EXAMPLE.com`. */
function plainHost(host: string): string {
  const url = host.includes("*") ? null : URL.parse(`http://${host}`);
  return (url?.hostname ?? host).replace(/\.$/, "");
}

/** `*` covers every name. An address, which may be a private one, has to be named: by itself, by a range or by a block. */
function coversHost(host: string, asked: string, blocks: readonly string[]): boolean {
  if (host === asked) return true;
  if (host.startsWith("*.")) return asked.endsWith(host.slice(1));
  const [, octets] = /^((?:\d+\.)+)\*(?:\.\*)*$/.exec(host) ?? [];
  if (octets !== undefined) return /^[\d.*]+$/.test(asked) && asked.startsWith(octets);
  if (host !== "*") return false;
  const address = asked.replace(/^\[|\]$/g, "");
  const family = isIP(address);
  if (family !== 0) return blocks.some((block) => contains(block, `${address}/${family === 4 ? 32 : 128}`));
  return !/^[\d.*]+$/.test(asked) && asked !== "localhost" && !asked.endsWith(".localhost");
}

/** Whether one block of addresses lies within another. */
function contains(larger: string, block: string): boolean {
  const [net = "", bits = ""] = larger.split("/");
  const [address = "", prefix = ""] = block.split("/");
  const family = isIP(net) === 4 ? "ipv4" : "ipv6";
  if (isIP(net) !== isIP(address) || Number(prefix) < Number(bits)) return false;
  const list = new BlockList();
  list.addSubnet(net, Number(bits), family);
  return list.check(address, family);
}
