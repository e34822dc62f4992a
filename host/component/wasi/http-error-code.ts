/** `wasi:http/types.error-code`, as far as this host gives it. */
export type HttpErrorCode =
  | { readonly tag: BareCode; readonly val?: undefined }
  | { readonly tag: "DNS-error"; readonly val: { readonly rcode: string | undefined; readonly infoCode: undefined } }
  | { readonly tag: "HTTP-request-body-size" | "HTTP-response-body-size"; readonly val: bigint | undefined }
  | { readonly tag: SectionTooLarge; readonly val: number | undefined }
  | { readonly tag: "HTTP-response-content-coding" | "HTTP-response-transfer-coding"; readonly val: string | undefined }
  | { readonly tag: "internal-error"; readonly val: string };

type SectionTooLarge =
  | "HTTP-request-header-section-size"
  | "HTTP-request-trailer-section-size"
  | "HTTP-response-header-section-size";

export type BareCode =
  | "DNS-timeout"
  | "destination-unavailable"
  | "destination-IP-prohibited"
  | "destination-IP-unroutable"
  | "connection-refused"
  | "connection-terminated"
  | "connection-timeout"
  | "connection-read-timeout"
  | "connection-limit-reached"
  | "TLS-protocol-error"
  | "TLS-certificate-error"
  | "HTTP-request-denied"
  | "HTTP-request-URI-invalid"
  | "HTTP-request-URI-too-long"
  | "HTTP-request-method-invalid"
  | "HTTP-response-incomplete"
  | "HTTP-protocol-error";

export function internalError(text: string): HttpErrorCode {
  return { tag: "internal-error", val: text };
}

/** Node's codes of errors, each with its own of WASI. */
const bareCodes: Readonly<Record<string, BareCode>> = {
  EAI_AGAIN: "DNS-timeout",
  EADDRNOTAVAIL: "destination-unavailable",
  EHOSTUNREACH: "destination-IP-unroutable",
  ENETUNREACH: "destination-IP-unroutable",
  ECONNREFUSED: "connection-refused",
  ECONNRESET: "connection-terminated",
  ECONNABORTED: "connection-terminated",
  EPIPE: "connection-terminated",
  ETIMEDOUT: "connection-timeout",
};

/** Codes of OpenSSL and Node that speak of the other side's certificate. */
const certificateCode = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY|DECRYPT)|HOSTNAME_MISMATCH/;

/** What went wrong on the way, in WASI's words. `phase` says whether the response's head had come. */
export function httpErrorCode(error: unknown, phase: "head" | "body"): HttpErrorCode {
  const { code, text } = causeOf(error);
  if (phase === "body" && (code === "ECONNRESET" || code === "HPE_INVALID_EOF_STATE")) {
    return { tag: "HTTP-response-incomplete" };
  }
  const bare = bareCodes[code];
  if (bare !== undefined) return { tag: bare };
  if (code === "ENOTFOUND") return { tag: "DNS-error", val: { rcode: "NXDOMAIN", infoCode: undefined } };
  if (code === "HPE_HEADER_OVERFLOW") return { tag: "HTTP-response-header-section-size", val: undefined };
  if (certificateCode.test(code)) return { tag: "TLS-certificate-error" };
  if (/^(?:ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return { tag: "TLS-protocol-error" };
  if (code.startsWith("HPE_")) return { tag: "HTTP-protocol-error" };
  return internalError(text);
}

/** An AggregateError stands for the addresses that were tried in turn: the first one speaks for all. */
function causeOf(error: unknown): { code: string; text: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return causeOf(error.errors[0]);
  if (!(error instanceof Error)) return { code: "", text: String(error) };
  const { code } = error as Error & { code?: unknown };
  return { code: typeof code === "string" ? code : "", text: error.message };
}
