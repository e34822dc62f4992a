import { array, assert, constantFrom, nat, oneof, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { SecretMask } from "../../host/component/wasi/secret-mask.ts";
import { formsOf } from "../support/secret-forms.ts";

const secret = `s3cr/t+"ü 😀k&y?<\\>'()*!~%=`;
const mask = new SecretMask([secret]);

describe("a secret is hidden", () => {
  test.each(formsOf(secret))("%s", (_how, text) => {
    const masked = mask.bytes(Buffer.from(`before ${text} after`)).toString();
    expect(masked).toBe(`before ${"*".repeat(Buffer.byteLength(text))} after`);
  });

  test("in Latin-1", () => {
    const masked = new SecretMask(["clé-é"]).bytes(Buffer.from("a clé-é b", "latin1")).toString("latin1");
    expect(masked).toBe("a ***** b");
  });

  test.each(["\n", "\r\n", "\\n", "\\r\\n"])("in base64 whose lines end with %j", (end) => {
    const long = `${secret}${secret}${secret}`;
    for (let before = 0; before < 57; before += 7) {
      const digits = Buffer.from(`${"x".repeat(before)}${long}`).toString("base64");
      const wrapped = digits.replaceAll(/.{76}(?!$)/g, `$&${end}`);
      const shown = new SecretMask([long]).text(wrapped).replaceAll(end, "");
      expect(shown.replaceAll("*", "").length).toBeLessThan((before * 4) / 3 + 8);
    }
  });

  test("in base64 within JSON and URLs", () => {
    const value = "~~~???>>>";
    const base64 = Buffer.from(value).toString("base64");
    expect(base64).toMatch(/\+.*\//);
    const forms = [base64.replaceAll("/", "\\/"), encodeURIComponent(base64)];
    for (const form of forms) expect(new SecretMask([value]).text(form)).toMatch(/^\*+$/);
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
  expect(mask.longest).toBeLessThan(secret.length * 20);
  expect(new SecretMask([]).text(secret)).toBe(secret);
  expect(new SecretMask([""]).text("all")).toBe("all");
});

test("a stream is masked as the whole is, however it is cut", () => {
  const secrets = ["password1", "word1234", secret];
  const whole = new SecretMask(secrets);
  const forms = secrets.flatMap(formsOf).map(([, text]) => text);
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
});

test("what a stream holds back says nothing of what it is", () => {
  const whole = new SecretMask(["password1"]);
  const released = (text: string) => {
    const stream = whole.stream();
    return Array.from(text).map((each) => stream.push(Buffer.from(each)).length);
  };
  const prefix = "x".repeat(whole.longest);
  const [right, wrong] = [released(`${prefix}password`), released(`${prefix}qbttxpse`)];
  expect(right).toEqual(wrong);
  expect(right.reduce((sum, each) => sum + each, 0)).toBe("password".length + 1);
});

test("a search comes to its end, whatever the value is", () => {
  for (const hard of ["%25", "%2525", "\\", "&amp;", "%", "a", "\\u005c", '"', " +"]) {
    const value = hard.repeat(60);
    const text = `${value.slice(0, -1)}x`.repeat(40);
    const hardMask = new SecretMask([value]);
    expect(hardMask.text(text)).toBe(text);
    for (const form of [JSON.stringify(text), encodeURIComponent(text)]) expect(hardMask.text(form)).toContain("x");
  }
});
