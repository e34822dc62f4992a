import type { Grants } from "../core/deployment.ts";
import type { Operator } from "./operator.ts";
import { type Environment, expand, parseTemplate, type Template, variablesOf } from "./template.ts";

/** Says what is not granted. */
export type Refuse = (problem: string) => void;

/** Variables and standard input of a guest, with values in place of names. What holds a secret is never forwarded. */
export function grantedText(
  { env, stdin = "" }: Grants,
  operator: Operator,
  environment: Environment,
  refuse: Refuse,
): { readonly env: readonly (readonly [key: string, value: string])[]; readonly stdin: string } {
  const secret = new Set(operator.secrets.flatMap(({ source }) => ("env" in source ? [source.env] : [])));
  const mayForward = (name: string): boolean => operator.env?.some((allowed) => names(allowed, name)) ?? true;
  const valueOf = (what: string, text: string): string => {
    const template = templateOf(text);
    const variables = new Set(variablesOf(template));
    for (const name of variables) {
      if (secret.has(name)) refuse(`${what} asks for the variable ${name}, which holds a secret of the operator's`);
      else if (!mayForward(name)) refuse(`${what} asks for the variable ${name}, which the operator does not allow`);
    }
    return expand(template, environment, (name) =>
      refuse(`${what} asks for the variable ${name}, which is not set and has no default`),
    );
  };
  return {
    env: env.map(({ key, value }) => [key, valueOf(`the variable ${key}`, value)]),
    stdin: valueOf("stdin", stdin),
  };
}

/** `NAME`, or `PREFIX_*`. */
function names(allowed: string, name: string): boolean {
  return allowed.endsWith("*") ? name.startsWith(allowed.slice(0, -1)) : name === allowed;
}

/** A text that no manifest's reader has let pass stands for itself. */
function templateOf(text: string): Template {
  const template = parseTemplate(text);
  return template.ok ? template.value : [text];
}
