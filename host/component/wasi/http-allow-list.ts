import { RE2JS } from "re2js";
import {
  type HostRule,
  originMatches,
  originOf,
  parseRules,
  type RequestTarget,
  urlOf,
} from "../../core/allowed-host.ts";
import type { AllowedHost } from "../../core/deployment.ts";

interface Rule extends HostRule {
  /** Of `METHOD URL`. The engine takes linear time: the URL is the guest's. */
  readonly requestUrl: RE2JS | undefined;
}

const known = new WeakMap<readonly AllowedHost[], AllowList>();

/** Where requests may go, as one side says it. Nothing is allowed unless a rule says so. */
export class AllowList {
  readonly #rules: readonly Rule[];

  /** A rule with a malformed pattern or expression allows nothing. */
  private constructor(allowed: readonly AllowedHost[]) {
    this.#rules = parseRules(allowed).flatMap((rule) => {
      const requestUrl = expressionOf(rule);
      return requestUrl === "malformed" ? [] : [{ ...rule, requestUrl }];
    });
  }

  static of(allowed: readonly AllowedHost[]): AllowList {
    let list = known.get(allowed);
    if (list === undefined) {
      list = new AllowList(allowed);
      known.set(allowed, list);
    }
    return list;
  }

  /** All rules that allow this request; none when it is denied. */
  matching(target: RequestTarget): readonly HostRule[] {
    const text = `${target.method} ${urlOf(target)}`;
    return this.#rules.filter(
      (rule) =>
        originMatches(rule, target) &&
        methodMatches(rule, target) &&
        (rule.requestUrl === undefined || rule.requestUrl.matcher(text).find()),
    );
  }

  /** What would allow a request that no rule matches. `table` is the name in TOML of what the rules are. */
  remedy(target: RequestTarget, table: string): string {
    const near = this.#rules.filter((rule) => originMatches(rule, target));
    if (near.length === 0) {
      return `add ${table} pattern = "${originOf(target)}", methods = ["${target.method}"]`;
    }
    const rule = near.find((each) => methodMatches(each, target));
    if (rule !== undefined) {
      return `the request_url_regex of pattern = "${rule.pattern}" does not match "${target.method} ${urlOf(target)}"`;
    }
    return `add "${target.method}" to the methods of pattern = "${near[0]?.pattern}"`;
  }
}

function methodMatches({ methods }: HostRule, { method }: RequestTarget): boolean {
  return methods?.includes(method) ?? true;
}

function expressionOf({ requestUrlRegex }: AllowedHost): RE2JS | undefined | "malformed" {
  if (requestUrlRegex === undefined) return undefined;
  try {
    return RE2JS.compile(requestUrlRegex);
  } catch {
    return "malformed";
  }
}
