import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64 } from "../../host/core/base64.ts";

test("decodes what others have encoded, padded or not", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = Buffer.from(bytes).toString("base64");
      expect(decodeBase64(text)).toEqual(bytes);
      expect(decodeBase64(text.replaceAll("=", ""))).toEqual(bytes);
    }),
  );
});

test.each(["A", "AA=", "A===", "AAAA=", "AB==", "AAB=", "=AAA", "AA==AA==", "AA A", "AA-_", "AAÄA", "A\u0100AA"])(
  "%j is not base64",
  (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  },
);
