import { array, assert, constantFrom, nat, oneof, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { MaskedStream, SecretMask } from "../../host/component/wasi/secret-mask.ts";
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
  const secrets = ["password1", "word1234", secret, "first line\n\n+second"];
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
  const prefix = "x".repeat(3 * whole.longest);
  for (let end = 0; end < whole.longest; end++) {
    const more = "y".repeat(end);
    const [right, wrong] = [released(`${prefix}password${more}`), released(`${prefix}qbttxpse${more}`)];
    expect(right).toEqual(wrong);
    const kept = prefix.length + "password".length + end - right.reduce((sum, each) => sum + each, 0);
    expect(kept).toBeGreaterThanOrEqual(whole.longest - 1);
    expect(kept).toBeLessThan(2 * whole.longest);
  }
});

test("a stream in pieces of one byte is searched twice at most", () => {
  const searched: number[] = [];
  const stream = new MaskedStream((_masked, bytes) => searched.push(bytes.length), 1_000);
  for (let at = 0; at < 50_000; at++) stream.push(Buffer.from("x"));
  stream.end();
  expect(searched.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(2 * 50_000);
});

describe("a secret of several lines is hidden", () => {
  const lines = [
    "-----BEGIN PRIVATE KEY-----",
    "+C4CAQAwBQYDK2VwBCIEIJ+dtP/u",
    "xrdbKz1S",
    "-----END PRIVATE KEY-----",
  ];
  const key = new SecretMask([lines.join("\n")]);

  test.each([
    ["\n", "\n"],
    ["\r\n", "\r\n"],
    ["a carriage return", "\r"],
    ["a line that is indented", "\n    "],
    ["a line that is indented by a tab, after a carriage return", "\r\n\t"],
    ["\\n in JSON", "\\n"],
    ["\\r\\n in JSON", "\\r\\n"],
    ["\\r\\n in JSON within JSON", "\\\\r\\\\n"],
    ["numbers in JSON", "\\u000d\\u000a"],
    ["%0D%0A", "%0D%0A"],
    ["%250d%250a", "%250d%250a"],
    ["%0A and a blank of a form", "%0A+"],
    ["HTML's numbers", "&#13;&#10;"],
  ])("when its lines end by %s", (_how, end) => {
    const text = lines.join(end);
    expect(key.text(`before ${text} after`)).toBe(`before ${"*".repeat(text.length)} after`);
  });

  test("whose own lines end by carriage returns, or are indented", () => {
    for (const end of ["\r\n", "\n  "]) {
      const mask = new SecretMask([lines.join(end)]);
      expect(mask.text(lines.join("\n"))).toMatch(/^\*+$/);
    }
  });

  test("when its lines come alone, as in a log, however they are written", () => {
    for (const line of lines) {
      expect(key.text(`> ${line}`)).toBe(`> ${"*".repeat(line.length)}`);
      for (const [, form] of formsOf(line)) expect(key.text(form)).toBe("*".repeat(form.length));
    }
  });

  test("but for a line that is so short that it turns up by chance", () => {
    const short = new SecretMask(["first line\nno\nlast line"]);
    expect(short.text("no first line")).toBe("no **********");
    expect(short.text("first line\r\nno\r\nlast line")).toMatch(/^\*+$/);
  });

  test("in base64 that is folded", () => {
    const digits = Buffer.from(`x${lines.join("\r\n")}`).toString("base64");
    for (const fold of ["\r\n ", "\r\n\t", "%0D%0A", "\\r\\n "]) {
      const shown = key
        .text(digits.replaceAll(/.{20}/g, `$&${fold}`))
        .replaceAll(fold, "")
        .replaceAll("*", "");
      // What encodes the ends of lines, and what stands at them.
      expect(shown.length).toBeLessThan(lines.length * 8);
    }
  });
});

describe("a long secret", () => {
  const secretOf = (parts: number) => Array.from({ length: parts }, (_, at) => `${at * 7_919}/+"é\\ `).join("");
  const long = secretOf(5_000);

  test("is hidden in all forms", () => {
    const some = secretOf(300);
    const mask = new SecretMask([some]);
    for (const [, form] of formsOf(some))
      expect(mask.text(`a ${form}`)).toBe(`a ${"*".repeat(Buffer.byteLength(form))}`);
  });

  test("is hidden in base64, wherever it begins", () => {
    expect(Buffer.byteLength(long)).toBeGreaterThan(60_000);
    const mask = new SecretMask([long]);
    for (const before of ["", "u", "us"]) {
      const shown = mask.text(Buffer.from(`${before}${long}`).toString("base64")).replaceAll("*", "");
      expect(shown.length).toBeLessThan(8);
    }
  });

  test("is hidden in a stream, of which no more is held back than of a shorter one", () => {
    const mask = new SecretMask([long]);
    const stream = mask.stream();
    const bytes = Buffer.from(encodeURIComponent(long));
    const out: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 997) out.push(stream.push(bytes.subarray(at, at + 997)));
    out.push(stream.end());
    expect(Buffer.concat(out).toString()).toBe("*".repeat(bytes.length));
    expect(mask.longest).toBeLessThan(10_000);
  });
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
