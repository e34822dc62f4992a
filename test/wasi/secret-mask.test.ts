import { array, assert, constantFrom, nat, oneof, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { formsOf, SecretMask } from "../../host/component/wasi/secret-mask.ts";

const secret = 's3cr/t+"ü k&y?';
const mask = new SecretMask([secret]);

describe("a secret is hidden", () => {
  test.each([
    ["as it is", secret],
    ["percent-encoded", "s3cr%2Ft%2B%22%C3%BC%20k%26y%3F"],
    ["percent-encoded in small letters", "s3cr%2ft%2b%22%c3%bc%20k%26y%3f"],
    ["form-encoded", "s3cr%2Ft%2B%22%C3%BC+k%26y%3F"],
    ["in JSON", 's3cr/t+\\"ü k&y?'],
    ["in JSON within JSON", 's3cr/t+\\\\\\"ü k&y?'],
    ["in JSON with escaped slashes", 's3cr\\/t+\\"ü k&y?'],
    ["in JSON of ASCII alone", 's3cr/t+\\"\\u00fc k&y?'],
    ["in JSON of ASCII in capitals", 's3cr/t+\\"\\u00FC k&y?'],
    ["in hexadecimal", Buffer.from(secret).toString("hex")],
    ["in hexadecimal capitals", Buffer.from(secret).toString("hex").toUpperCase()],
    ["with every byte percent-encoded", Buffer.from(secret).toString("hex").replaceAll(/../g, "%$&")],
  ])("%s", (_how, text) => {
    const masked = mask.text(`before ${text} after`);
    expect(masked).toBe(`before ${"*".repeat(Buffer.byteLength(text))} after`);
  });

  test.each(["", "u", "us", "user:"])("in base64 after %j", (before) => {
    for (const kind of ["base64", "base64url"] as const) {
      const masked = mask.text(Buffer.from(`${before}${secret}!`).toString(kind));
      expect(masked).toMatch(/\*{17,}/);
      // What is left speaks of less than two bytes of the secret.
      const plain = Buffer.from(masked.replaceAll("*", ""), kind).toString("latin1");
      for (let at = 0; at + 2 <= secret.length; at++) expect(plain).not.toContain(secret.slice(at, at + 2));
    }
  });

  test("among other secrets, overlapping ones too", () => {
    const both = new SecretMask(["password1", "word1234"]);
    expect(both.text("a password1234 b word1234")).toBe("a ************ b ********");
    expect(new SecretMask(["aXaXa"]).text("aXaXaXa")).toBe("*******");
  });
});

test("what has no secret stays as it is", () => {
  expect(mask.text("s3cr/t+")).toBe("s3cr/t+");
  expect(new SecretMask([]).text(secret)).toBe(secret);
  expect(new SecretMask([""]).text("all")).toBe("all");
});

test("a stream is masked as the whole is, however it is cut, and holds back a beginning at most", () => {
  const secrets = ["password1", "word1234", secret];
  const whole = new SecretMask(secrets);
  const forms = secrets.flatMap(formsOf);
  const piece = oneof(constantFrom(...forms, "pass", "passpassword", "s3c", "plain "), string({ maxLength: 5 }));
  assert(
    property(array(piece, { maxLength: 12 }), array(nat(40), { maxLength: 40 }), (pieces, sizes) => {
      const bytes = Buffer.from(pieces.join(""));
      const stream = whole.stream();
      const out: Buffer[] = [];
      let at = 0;
      for (const size of sizes) out.push(stream.push(bytes.subarray(at, (at += size))));
      out.push(stream.push(bytes.subarray(at)), stream.end());
      expect(Buffer.concat(out).toString("latin1")).toBe(whole.bytes(bytes).toString("latin1"));
    }),
    { numRuns: 500 },
  );
  const stream = whole.stream();
  expect(stream.push(Buffer.from("data: hello\n\n")).toString()).toBe("data: hello\n\n");
  expect(stream.push(Buffer.from("my pass")).toString()).toBe("my ");
  expect(stream.push(Buffer.from("port")).toString()).toBe("passport");
});
