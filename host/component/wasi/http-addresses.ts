import ipaddr from "ipaddr.js";
import type { HostRule } from "../../core/allowed-host.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The only IPv6 addresses that are given out for the public (RFC 4291, section 2.4). */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/** An address that an IPv6 one stands for: IPv4-mapped, NAT64, 6to4 and Teredo lead to an IPv4 address. */
function reached(address: Address): Address {
  if (address.kind() === "ipv4") return address;
  const v6 = address as ipaddr.IPv6;
  const bytes = v6.toByteArray();
  switch (v6.range()) {
    case "ipv4Mapped":
      return new ipaddr.IPv4(bytes.slice(12));
    case "rfc6052":
      // Beyond the well-known prefix a network has its own way to embed an address.
      return bytes.slice(4, 12).every((byte) => byte === 0) ? new ipaddr.IPv4(bytes.slice(12)) : v6;
    case "6to4":
      return new ipaddr.IPv4(bytes.slice(2, 6));
    case "teredo":
      return new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff));
    default:
      return v6;
  }
}

/** Undefined when the text is no address. */
function parsed(text: string): Address | undefined {
  // ipaddr.js takes `::1.2.3.4` for `::ffff:1.2.3.4`, which is another address.
  const plain = text.includes(":") && text.includes(".") ? URL.parse(`http://[${text}]`)?.hostname.slice(1, -1) : text;
  if (plain === undefined) return undefined;
  return ipaddr.IPv4.isValidFourPartDecimal(plain) || ipaddr.IPv6.isValid(plain) ? ipaddr.parse(plain) : undefined;
}

/** What keeps an address from being public, in a word; undefined when it is public. */
export function privateRange(text: string): string | undefined {
  const address = parsed(text);
  if (address === undefined) return "malformed";
  const target = reached(address);
  const range = target.range();
  if (range !== "unicast") return range;
  return target.kind() === "ipv4" || target.match(globalUnicast) ? undefined : "reserved";
}

/** Whether a rule speaks of this very address, so that it may be connected to though it is not public. */
export function namesAddress({ origin, addresses = [] }: HostRule, text: string): boolean {
  const address = parsed(text);
  if (address === undefined) return false;
  const target = reached(address);
  return namedByHost(origin.host, target) || addresses.some((block) => contains(block, target));
}

function namedByHost(host: HostRule["origin"]["host"], address: Address): boolean {
  switch (host.kind) {
    case "any":
    case "subdomains":
      return false;
    case "octets":
      return address.kind() === "ipv4" && address.toString().startsWith(host.name);
    case "exact": {
      if (host.name === "localhost") return address.range() === "loopback";
      const named = parsed(host.name.replaceAll(/[[\]]/g, ""));
      return named !== undefined && reached(named).toString() === address.toString();
    }
  }
}

/** A malformed block contains nothing. */
function contains(block: string, address: Address): boolean {
  if (!ipaddr.isValidCIDR(block)) return false;
  const [base, bits] = ipaddr.parseCIDR(block);
  if (base instanceof ipaddr.IPv4) return address instanceof ipaddr.IPv4 && address.match(base, bits);
  return address instanceof ipaddr.IPv6 && address.match(base, bits);
}
