import type { AllowedHost } from "./deployment.ts";

/** Where one HTTP request goes: what is compared with the rules, and then connected to. */
export interface RequestTarget {
  /** Upper case. */
  readonly method: string;
  readonly scheme: "http" | "https";
  /** Canonical, as in a URL: lower case, an IPv4 address in four parts, an IPv6 address in brackets, no dot of the root. */
  readonly host: string;
  readonly port: number;
  /** Canonical: dot segments are resolved. */
  readonly path: string;
  /** Empty, or from the question mark on. */
  readonly query: string;
}

/** One AllowedHost, its pattern parsed. */
export interface HostRule extends AllowedHost {
  readonly origin: OriginPattern;
}

interface OriginPattern {
  /** Undefined for both. */
  readonly scheme: "http" | "https" | undefined;
  readonly host: HostPattern;
  /** Undefined for any. */
  readonly port: number | "default" | undefined;
}

export type HostPattern =
  | { readonly kind: "any" }
  /** `name` begins with a dot: any subdomain matches, the domain itself does not. */
  | { readonly kind: "subdomains"; readonly name: string }
  /** A name or a literal address. */
  | { readonly kind: "exact"; readonly name: string }
  /** `name` is the octets that are given, each followed by its dot. */
  | { readonly kind: "octets"; readonly name: string };

const defaultPorts = { http: 80, https: 443 } as const;

/** Of a whole URL, query included. */
const urlCharactersMax = 8 * 1024;

const label = String.raw`[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?`;
const canonicalHost = new RegExp(String.raw`^(?:${label}(?:\.${label})*|\[[0-9a-f:]+\])$`);
const authorityPattern = /^(\[[^\]]*\]|[^:/?#@[\]\\%\s\p{Cc}]+)(?::(\d{1,5}))?$/u;
const originPattern = /^(?:(\*|https?):\/\/)?(\[[^\]]*\]|[^:/?#@[\]\\%\s\p{Cc}]+)(?::(\*|\d{1,5}))?$/u;
const octet = String.raw`(?:0|[1-9]\d{0,2})\.`;
const octetsPattern = new RegExp(String.raw`^((?:${octet}){3})\*$|^((?:${octet}){2})\*\.\*$|^(${octet})\*\.\*\.\*$`);

/** What is wrong with a pattern of a deployment, or undefined. */
export function allowedHostProblem(pattern: string): string | undefined {
  if (parsePattern(pattern) !== undefined) return undefined;
  return (
    `"${pattern}" is not scheme://host:port with the scheme http, https or *, ` +
    "where the port may be * for any, and the host * for any, *.example.com for its subdomains, " +
    "or an address like 192.168.1.* for a range"
  );
}

/** Reads `host` or `host:port`; undefined when it is neither. A user or password is refused. */
export function parseAuthority(
  scheme: "http" | "https",
  authority: string,
): Pick<RequestTarget, "host" | "port"> | undefined {
  const [, written, digits] = authorityPattern.exec(authority) ?? [];
  const host = written === undefined ? undefined : canonical(written);
  const port = digits === undefined ? defaultPorts[scheme] : Number(digits);
  return host !== undefined && isPort(port) ? { host, port } : undefined;
}

/** The target of a request as a guest gave it, or which part of it is none. */
export function parseTarget(
  method: string,
  scheme: "http" | "https",
  authority: string,
  pathWithQuery: string,
): RequestTarget | "invalid" | "too-long" {
  if (authority.length + pathWithQuery.length > urlCharactersMax) return "too-long";
  const where = parseAuthority(scheme, authority);
  if (where === undefined) return "invalid";
  const path = pathWithQuery.startsWith("/") ? pathWithQuery : `/${pathWithQuery}`;
  const url = URL.parse(`${scheme}://${where.host}:${where.port}${path}`);
  if (url === null || url.hash !== "") return "invalid";
  return { method: method.toUpperCase(), scheme, ...where, path: url.pathname, query: url.search };
}

/** `scheme://host:port`, as a pattern that allows exactly this target would be written. */
export function originOf(target: RequestTarget): string {
  return `${target.scheme}://${target.host}:${target.port}`;
}

/** `scheme://host/path`, with the port where it is not the scheme's own, without the query. */
export function urlOf(target: RequestTarget): string {
  const { scheme, host, port, path } = target;
  return `${scheme}://${host}${port === defaultPorts[scheme] ? "" : `:${port}`}${path}`;
}

/** A rule with a malformed pattern is none: it allows nothing. */
export function parseRules(allowed: readonly AllowedHost[]): readonly HostRule[] {
  return allowed.flatMap((rule) => {
    const origin = parsePattern(rule.pattern);
    return origin === undefined ? [] : [{ ...rule, origin }];
  });
}

export function originMatches({ origin }: HostRule, target: RequestTarget): boolean {
  if (origin.scheme !== undefined && origin.scheme !== target.scheme) return false;
  const port = origin.port === "default" ? defaultPorts[target.scheme] : origin.port;
  return (port === undefined || port === target.port) && hostMatches(origin.host, target.host);
}

function hostMatches(pattern: HostPattern, host: string): boolean {
  switch (pattern.kind) {
    case "any":
      return true;
    case "exact":
      return host === pattern.name;
    case "subdomains":
      return host.endsWith(pattern.name) && host.length > pattern.name.length;
    case "octets":
      return host.startsWith(pattern.name) && isIPv4(host);
  }
}

function parsePattern(pattern: string): OriginPattern | undefined {
  const [, scheme = "https", host, port] = originPattern.exec(pattern.toLowerCase()) ?? [];
  const parsed = host === undefined ? undefined : parseHost(host);
  const number = port === undefined ? "default" : port === "*" ? undefined : Number(port);
  if (parsed === undefined || (typeof number === "number" && !isPort(number))) return undefined;
  return { scheme: scheme === "http" || scheme === "https" ? scheme : undefined, host: parsed, port: number };
}

function parseHost(host: string): HostPattern | undefined {
  if (host === "*") return { kind: "any" };
  const octets = octetsPattern
    .exec(host)
    ?.slice(1)
    .find((part) => part !== undefined);
  if (octets !== undefined) {
    return octets.split(".").every((part) => Number(part) <= 255) ? { kind: "octets", name: octets } : undefined;
  }
  const subdomains = host.startsWith("*.");
  const name = canonical(subdomains ? host.slice(2) : host);
  if (name === undefined) return undefined;
  if (!subdomains) return { kind: "exact", name };
  return name.startsWith("[") || isIPv4(name) ? undefined : { kind: "subdomains", name: `.${name}` };
}

/** The host as a URL has it: `0x7f.1` is `127.0.0.1`, and a name that is not ASCII is in punycode. */
function canonical(host: string): string | undefined {
  const url = URL.parse(`http://${host}`);
  if (url === null) return undefined;
  // `example.com.` and `example.com` name the same host.
  const name = url.hostname.endsWith(".") ? url.hostname.slice(0, -1) : url.hostname;
  return name.length <= 253 && canonicalHost.test(name) ? name : undefined;
}

/** Of a canonical host: a name never ends with a number. */
function isIPv4(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

function isPort(number: number): boolean {
  return number >= 1 && number <= 65_535;
}
