import type { AllowedHost } from "./deployment.ts";

/** Where one HTTP request goes, as the guest gave it. */
export interface RequestTarget {
  /** Upper case. */
  readonly method: string;
  readonly scheme: "http" | "https";
  /** Lower case; an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
}

/** What a request may be compared with: one AllowedHost, parsed. */
interface Rule {
  readonly scheme: string;
  readonly host: string;
  /** The host is a suffix that starts with a dot: any subdomain matches, the domain itself does not. */
  readonly subdomains: boolean;
  /** Undefined for any. */
  readonly port: number | undefined;
  readonly methods: readonly string[] | undefined;
}

const defaultPorts = { http: 80, https: 443 } as const;

const name = String.raw`[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?`;
const hostPattern = new RegExp(String.raw`^(?:${name}(?:\.${name})*\.?|\[[0-9a-f:.]+\])$`);
const originPattern = /^(https?):\/\/(\*\.)?(\[[^\]]*\]|[^:/?#@[\]]+)(?::(\*|\d{1,5}))?$/;
const authorityPattern = /^(\[[^\]]*\]|[^:/?#@[\]]+)(?::(\d{1,5}))?$/;

/** What is wrong with a pattern of a deployment, or undefined. */
export function allowedHostProblem(pattern: string): string | undefined {
  if (parsePattern(pattern) !== undefined) return undefined;
  return (
    `"${pattern}" is not scheme://host:port with the scheme http or https, ` +
    "where the port may be * for any and the host may begin with *. for its subdomains"
  );
}

/** Reads `host` or `host:port`; undefined when it is neither. A user or password is refused. */
export function parseAuthority(
  scheme: "http" | "https",
  authority: string,
): Pick<RequestTarget, "host" | "port"> | undefined {
  const match = authorityPattern.exec(authority.toLowerCase());
  const host = match?.[1];
  if (host === undefined || !hostPattern.test(host)) return undefined;
  const port = match?.[2] === undefined ? defaultPorts[scheme] : Number(match[2]);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** `scheme://host:port`, as a pattern that allows exactly this target would be written. */
export function originOf(target: RequestTarget): string {
  return `${target.scheme}://${target.host}:${target.port}`;
}

/** The origins, and methods, that an activity may send requests to. Nothing is allowed unless a rule says so. */
export class AllowList {
  readonly #rules: readonly Rule[];

  /** A malformed pattern allows nothing. */
  constructor(allowed: readonly AllowedHost[]) {
    this.#rules = allowed.flatMap(({ pattern, methods }) => {
      const parsed = parsePattern(pattern);
      return parsed === undefined ? [] : [{ ...parsed, methods }];
    });
  }

  allows(target: RequestTarget): boolean {
    return this.#rules.some((rule) => originMatches(rule, target) && (rule.methods?.includes(target.method) ?? true));
  }

  /** Whether only the method stands in the way. */
  allowsOrigin(target: RequestTarget): boolean {
    return this.#rules.some((rule) => originMatches(rule, target));
  }
}

function originMatches(rule: Rule, target: RequestTarget): boolean {
  if (rule.scheme !== target.scheme) return false;
  if (rule.port !== undefined && rule.port !== target.port) return false;
  const host = withoutRootDot(target.host);
  return rule.subdomains ? host.endsWith(rule.host) && host.length > rule.host.length : host === rule.host;
}

function parsePattern(pattern: string): Omit<Rule, "methods"> | undefined {
  const match = originPattern.exec(pattern.toLowerCase());
  const [, scheme, wildcard, host, port] = match ?? [];
  if (scheme !== "http" && scheme !== "https") return undefined;
  if (host === undefined || !hostPattern.test(host)) return undefined;
  const subdomains = wildcard !== undefined;
  if (subdomains && host.startsWith("[")) return undefined;
  const number = port === undefined ? defaultPorts[scheme] : port === "*" ? undefined : Number(port);
  if (number !== undefined && (number < 1 || number > 65_535)) return undefined;
  const plain = withoutRootDot(host);
  return { scheme, host: subdomains ? `.${plain}` : plain, subdomains, port: number };
}

/** `example.com.` and `example.com` name the same host. */
function withoutRootDot(host: string): string {
  return host.endsWith(".") ? host.slice(0, -1) : host;
}
