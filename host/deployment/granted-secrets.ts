import { readFileSync } from "node:fs";
import type { AllowedHost } from "../core/deployment.ts";
import { nearest } from "../core/nearest.ts";
import { type Parsed, parsed, refused } from "../core/parsed.ts";
import type { Secret } from "../ports/activities.ts";
import { covers } from "./covers.ts";
import type { Refuse } from "./granted-env.ts";
import type { Operator, OperatorSecret } from "./operator.ts";
import type { Environment } from "./template.ts";

/** Anything shorter turns up by chance, and can't be masked. */
const charactersMin = 8;
/** Of UTF-8. Keys and certificates have some thousands; whatever comes back is searched for all of it. */
const bytesMax = 64 * 1024;

/** The secrets that a component's rules name, with their values. No refusal holds one. */
export function grantedSecrets(
  rules: readonly AllowedHost[],
  operator: Operator,
  environment: Environment,
  refuse: Refuse,
): readonly Secret[] {
  const named = new Set(rules.flatMap(({ secrets = [] }) => secrets));
  return [...named].flatMap((name) => {
    const known = operator.secrets.find((secret) => secret.name === name);
    if (known === undefined) {
      const [close] = nearest(
        name,
        operator.secrets.map((secret) => secret.name),
      );
      refuse(`the operator has no secret ${name}${close === undefined ? "" : `; did you mean ${close}?`}`);
      return [];
    }
    const { allowedHosts, replaceIn } = known;
    for (const rule of rules) if (rule.secrets?.includes(name)) checkRule(rule, known, refuse);
    const value = valueOf(known, environment);
    if (!value.ok) refuse(`the secret ${name} can't be had: ${value.problem}`);
    return value.ok ? [{ name, value: value.value, allowedHosts, replaceIn }] : [];
  });
}

function checkRule(rule: AllowedHost, { name, allowedHosts, replaceIn }: OperatorSecret, refuse: Refuse): void {
  if (!covers(allowedHosts, rule)) refuse(`the operator does not let the secret ${name} go to all of ${rule.pattern}`);
  for (const place of rule.replaceIn ?? []) {
    if (!replaceIn.includes(place)) refuse(`the operator does not let the secret ${name} be put into ${place}`);
  }
}

function valueOf({ source }: OperatorSecret, environment: Environment): Parsed<string> {
  const read = "env" in source ? fromVariable(source.env, environment) : fromFile(source.file);
  if (!read.ok) return read;
  const what = `what ${"env" in source ? `the variable ${source.env}` : source.file} holds`;
  if (read.value.length < charactersMin)
    return refused(`${what} has fewer than ${charactersMin} characters, too few to be masked`);
  const bytes = Buffer.byteLength(read.value);
  if (bytes > bytesMax) return refused(`${what} has ${bytes} bytes, more than the ${bytesMax} that a secret may have`);
  return read;
}

function fromVariable(name: string, environment: Environment): Parsed<string> {
  const value = environment.get(name);
  return value === undefined ? refused(`the variable ${name} is not set`) : parsed(value);
}

/** A line end after it is not part of it. */
function fromFile(path: string): Parsed<string> {
  try {
    return parsed(new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path)).replace(/\r?\n$/, ""));
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : "it is unreadable";
    return refused(`${path} can't be read (${why})`);
  }
}
