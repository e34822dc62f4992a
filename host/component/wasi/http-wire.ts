import type { RequestTarget } from "../../core/allowed-host.ts";
import type { Fields } from "./http-fields.ts";
import type { RequestBody } from "./http-request-body.ts";
import type { BodySecrets, RequestSecrets } from "./http-secrets.ts";
import type { SecretMask } from "./secret-mask.ts";

/** One request as it goes over the network, secrets in place: not to be kept or printed. */
export interface Outgoing {
  readonly path: string;
  /** Name and value in turn, the values as Latin-1. */
  readonly headers: readonly string[];
  /** Undefined when the body follows as the guest writes it. */
  readonly whole: Buffer | undefined;
  /** What a body that follows goes through. */
  readonly bodySecrets: BodySecrets | undefined;
  /** Hides the secrets that were placed; undefined when none were. */
  readonly mask: SecretMask | undefined;
}

/** Of which a service expects no body, so that having none needs no saying. */
const bodiless = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"]);

/** Takes the body, when the guest has written all of it. Throws SecretMisplaced. */
export function outgoingOf(
  target: RequestTarget,
  fields: Fields,
  body: RequestBody | undefined,
  secrets: RequestSecrets,
): Outgoing {
  const lines = linesOf(fields);
  const [type = ""] = lines.filter(([name]) => name === "content-type").map(([, value]) => value);
  const taken = body === undefined ? Buffer.alloc(0) : body.takeWhole();
  const bodySecrets = secrets.body(type);
  const whole = taken === undefined ? undefined : (bodySecrets?.whole(taken) ?? taken);
  const lengthChanges = whole === undefined && secrets.bodyFollows(type);
  const path = secrets.pathWithQuery(target);
  const sent = lines.map(([name, value]): Line => [name, secrets.header(name, value)]);
  const { mask } = secrets;
  const declared = lengthChanges ? undefined : fields.get("content-length")[0];
  const headers: Line[] = [
    ["host", target.port === defaultPorts[target.scheme] ? target.host : `${target.host}:${target.port}`],
    ["connection", "keep-alive"],
    ...framing(target.method, whole?.length, declared),
    ...sent.filter(([name]) => name !== "content-length" && secrets.lets(name)),
  ];
  // What is encoded could not be searched for the secrets that were sent.
  if (mask !== undefined) headers.push(["accept-encoding", "identity"]);
  return { path, headers: headers.flat(), whole, bodySecrets, mask };
}

type Line = readonly [name: string, value: string];

const defaultPorts = { http: 80, https: 443 } as const;

/** The values as Latin-1. */
export function linesOf(fields: Fields): readonly Line[] {
  return fields.entries().map(([name, value]) => [name.toLowerCase(), Buffer.from(value).toString("latin1")]);
}

function framing(method: string, length: number | undefined, declared: Uint8Array | undefined): Line[] {
  if (length !== undefined) return length === 0 && bodiless.has(method) ? [] : [["content-length", `${length}`]];
  if (declared !== undefined) return [["content-length", Buffer.from(declared).toString("latin1")]];
  return [["transfer-encoding", "chunked"]];
}
