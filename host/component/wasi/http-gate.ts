import { type HostRule, originOf, type RequestTarget } from "../../core/allowed-host.ts";
import type { Sandbox } from "../../ports/activities.ts";
import { namesAddress, privateRange } from "./http-addresses.ts";
import { AllowList } from "./http-allow-list.ts";

/** One of the two who must both allow a request, and its rules that do. */
interface Consent {
  readonly side: Side;
  readonly rules: readonly HostRule[];
}

type Side = keyof typeof tables;

/** Where each side has its rules. */
const tables = {
  "the deployment": "[[activity_wasm.allowed_host]]",
  "the operator": "[[outbound_http.allowed_host]]",
} as const;

/** What both sides have allowed, before its name has been resolved. */
export interface Permit {
  readonly target: RequestTarget;
  readonly consents: readonly Consent[];
  /** The deployment's rules that allow it. */
  readonly deployment: readonly HostRule[];
}

/** Decides where an attempt's requests may go. */
export class HttpGate {
  readonly #lists: readonly { readonly side: Side; readonly list: AllowList }[];

  constructor({ allowedHosts, operatorHosts }: Pick<Sandbox, "allowedHosts" | "operatorHosts">) {
    this.#lists = [
      { side: "the deployment", list: AllowList.of(allowedHosts) },
      ...(operatorHosts === undefined ? [] : [{ side: "the operator" as const, list: AllowList.of(operatorHosts) }]),
    ];
  }

  /** What both sides allow, or who denies it and what would allow it. */
  authorize(target: RequestTarget): Permit | { readonly denied: string } {
    const consents: Consent[] = [];
    for (const { side, list } of this.#lists) {
      const rules = list.matching(target);
      if (rules.length === 0) {
        return {
          denied: `request ${target.method} ${originOf(target)} denied by ${side}: ${list.remedy(target, tables[side])}`,
        };
      }
      consents.push({ side, rules });
    }
    return { target, consents, deployment: consents[0]?.rules ?? [] };
  }
}

/** Those of a host's addresses that may be connected to; when there are none, why. */
export function permittedAddresses(
  { target, consents }: Permit,
  addresses: readonly string[],
): readonly string[] | { readonly denied: string } {
  const refusing = (address: string) =>
    privateRange(address) === undefined
      ? undefined
      : consents.find(({ rules }) => !rules.some((rule) => namesAddress(rule, address)));
  const permitted = addresses.filter((address) => refusing(address) === undefined);
  const [first] = addresses;
  if (permitted.length > 0 || first === undefined) return permitted;
  const { side, rules } = refusing(first) as Consent;
  const block = `${first}/${first.includes(":") ? 128 : 32}`;
  return {
    denied:
      `request ${target.method} ${originOf(target)} denied by ${side}: ${target.host} is at ${first} (${privateRange(first)}); ` +
      `add addresses = ["${block}"] to pattern = "${rules[0]?.pattern}"`,
  };
}
