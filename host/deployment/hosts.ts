import { isIP } from "node:net";
import { RE2JS } from "re2js";
import { z } from "zod";
import { allowedHostProblem } from "../core/allowed-host.ts";
import { type AllowedHost, secretPlaces } from "../core/deployment.ts";
import { variableName } from "./fields.ts";

/** Names the methods, since a rule without them allows every one here and none on Obelisk. */
const methodsWanted =
  'wants "*" for all methods, or a list of some in capital letters (without it Obelisk allows none)';

const methods = z.custom<"*" | string[]>(isMethods, methodsWanted);

const pattern = z.string().superRefine((text, context) => {
  const problem = allowedHostProblem(text);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem, input: text });
});

const regex = z.string().refine(isRegex, "wants a regular expression as RE2 has them, without looking ahead or back");

const block = z.string().refine(isBlock, "wants a block of addresses, as 10.0.0.0/8 or fd00::/8");

const rule = {
  pattern,
  methods,
  request_url_regex: regex.exactOptional(),
  addresses: z.array(block).exactOptional(),
};

export const secretPlaceList = z.array(z.enum(secretPlaces)).min(1, `wants some of ${secretPlaces.join(", ")}`);

/** Where an operator lets requests, or a secret, go. */
export const allowedHost = z.strictObject(rule).transform(toAllowedHost);

/** Where a deployment sends requests, and which secrets with them: by default in the fields of their headers. */
export const allowedHostWithSecrets = z
  .strictObject({
    ...rule,
    secrets: z.array(variableName).min(1).exactOptional(),
    replace_in: secretPlaceList.exactOptional(),
  })
  .refine((of) => of.replace_in === undefined || of.secrets !== undefined, "has replace_in, and no secrets")
  .transform(
    ({ secrets, replace_in, ...rest }): AllowedHost => ({
      ...toAllowedHost(rest),
      ...(secrets !== undefined && { secrets, replaceIn: replace_in ?? ["headers"] }),
    }),
  );

function toAllowedHost({
  pattern,
  methods,
  request_url_regex: requestUrlRegex,
  addresses,
}: z.output<z.ZodObject<typeof rule>>): AllowedHost {
  return {
    pattern,
    ...(methods !== "*" && { methods }),
    ...(requestUrlRegex !== undefined && { requestUrlRegex }),
    ...(addresses !== undefined && { addresses }),
  };
}

function isMethods(value: unknown): boolean {
  return value === "*" || (isMethodList(value) && value.length > 0);
}

function isMethodList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every((method) => typeof method === "string" && /^[A-Z]+$/.test(method));
}

function isRegex(text: string): boolean {
  try {
    RE2JS.compile(text);
    return true;
  } catch {
    return false;
  }
}

function isBlock(text: string): boolean {
  const [address = "", prefix = "", ...rest] = text.split("/");
  const family = isIP(address);
  return rest.length === 0 && family !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}
