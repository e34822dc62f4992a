import { describe, expect, test } from "vitest";
import { httpErrorCode } from "../../host/component/wasi/http-error-code.ts";

const withCode = (code: string) => Object.assign(new Error(`${code} happened`), { code });

describe("what Node says, in WASI's words", () => {
  test.each([
    ["ENOTFOUND", { tag: "DNS-error", val: { rcode: "NXDOMAIN", infoCode: undefined } }],
    ["EAI_AGAIN", { tag: "DNS-timeout" }],
    ["ECONNREFUSED", { tag: "connection-refused" }],
    ["ECONNRESET", { tag: "connection-terminated" }],
    ["ETIMEDOUT", { tag: "connection-timeout" }],
    ["EHOSTUNREACH", { tag: "destination-IP-unroutable" }],
    ["HPE_HEADER_OVERFLOW", { tag: "HTTP-response-header-section-size", val: undefined }],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", { tag: "TLS-certificate-error" }],
    ["ERR_TLS_CERT_ALTNAME_INVALID", { tag: "TLS-certificate-error" }],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", { tag: "TLS-certificate-error" }],
    ["ERR_SSL_WRONG_VERSION_NUMBER", { tag: "TLS-protocol-error" }],
    ["EPROTO", { tag: "TLS-protocol-error" }],
    ["HPE_INVALID_CONSTANT", { tag: "HTTP-protocol-error" }],
    ["SOMETHING_ELSE", { tag: "internal-error", val: "SOMETHING_ELSE happened" }],
  ])("%s", (code, expected) => {
    expect(httpErrorCode(withCode(code), "head")).toEqual(expected);
  });

  test.each(["ECONNRESET", "HPE_INVALID_EOF_STATE"])("%s within a body", (code) => {
    expect(httpErrorCode(withCode(code), "body")).toEqual({ tag: "HTTP-response-incomplete" });
  });

  test("the first of several addresses speaks for all", () => {
    const errors = [withCode("ECONNREFUSED"), withCode("EHOSTUNREACH")];
    expect(httpErrorCode(new AggregateError(errors), "head")).toEqual({ tag: "connection-refused" });
  });

  test("what is no Error is told as it is", () => {
    expect(httpErrorCode("odd", "head")).toEqual({ tag: "internal-error", val: "odd" });
  });
});
