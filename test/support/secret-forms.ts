/** A value as services write it, by encoders that are not the host's. */
export function formsOf(value: string): readonly (readonly [how: string, text: string])[] {
  const bytes = Buffer.from(value);
  const json = JSON.stringify(value).slice(1, -1);
  const twice = JSON.stringify(json).slice(1, -1);
  const uri = encodeURIComponent(value);
  const form = new URLSearchParams({ "": value }).toString().slice(1);
  const hex = bytes.toString("hex");
  const ascii = (text: string) => text.replaceAll(/[^ -~]/g, (unit) => `\\u${hexUnit(unit)}`);
  const small = (text: string) => text.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
  const numbered = (number: (code: number) => string) =>
    Array.from(value)
      .map((each) => (/\w/.test(each) ? each : `&#${number(each.codePointAt(0) ?? 0)};`))
      .join("");
  return [
    ["as it is", value],
    ["in JSON", json],
    ["in JSON within JSON", twice],
    ["in JSON with escaped slashes", json.replaceAll("/", String.raw`\/`)],
    ["in JSON with escaped slashes within JSON", JSON.stringify(json.replaceAll("/", String.raw`\/`)).slice(1, -1)],
    ["in JSON of ASCII alone", ascii(json)],
    ["in JSON of ASCII within JSON", JSON.stringify(ascii(json)).slice(1, -1)],
    [
      "in JSON of ASCII in capitals",
      ascii(json).replaceAll(/u([0-9a-f]{4})/g, (_, unit: string) => `u${unit.toUpperCase()}`),
    ],
    ["in JSON that is safe in HTML", json.replaceAll(/[<>&'+]/g, (unit) => `\\u${hexUnit(unit)}`)],
    ["in JSON with every unit escaped", value.replaceAll(/[^]/g, (unit) => `\\u${hexUnit(unit)}`)],
    ["in JSON, percent-encoded", encodeURIComponent(json)],
    ["in JSON in HTML", json.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")],
    ["percent-encoded", uri],
    ["percent-encoded in small letters", small(uri)],
    ["percent-encoded as a whole URL", encodeURI(value)],
    ["percent-encoded by RFC 3986", uri.replaceAll(/[!'()*]/g, (each) => `%${byteHex(each)}`)],
    [
      "percent-encoded by Python's quote",
      uri.replaceAll(/[!'()*]/g, (each) => `%${byteHex(each)}`).replaceAll("%2F", "/"),
    ],
    ["percent-encoded with its tildes", uri.replaceAll("~", "%7E")],
    ["percent-encoded twice", encodeURIComponent(uri)],
    [
      "percent-encoded twice in small letters",
      small(encodeURIComponent(small(uri))).replaceAll(/%25[0-9A-F]{2}/g, (each) => each.toLowerCase()),
    ],
    ["with every byte percent-encoded", hex.replaceAll(/../g, "%$&")],
    ["with every byte percent-encoded twice", hex.replaceAll(/../g, "%25$&")],
    ["form-encoded", form],
    ["form-encoded in small letters", small(form)],
    ["form-encoded twice", encodeURIComponent(form)],
    ["in HTML", named(value).replaceAll("'", "&apos;")],
    ["in HTML with numbers", named(value).replaceAll("'", "&#39;").replaceAll("&quot;", "&#34;")],
    ["in HTML as PHP has it", named(value).replaceAll("'", "&#039;")],
    ["in HTML as Python has it", named(value).replaceAll("'", "&#x27;")],
    ["in HTML with decimal numbers", numbered((code) => `${code}`)],
    ["in HTML with hexadecimal numbers", numbered((code) => `x${code.toString(16)}`)],
    ["in HTML with hexadecimal capitals", numbered((code) => `X${code.toString(16).toUpperCase()}`)],
    ["in hexadecimal", hex],
    ["in hexadecimal capitals", hex.toUpperCase()],
    ["in hexadecimal with colons", hex.replaceAll(/..(?!$)/g, "$&:")],
    ["in escapes of bytes but the first", hex.replaceAll(/..(?!$)/g, String.raw`$&\x`)],
  ];
}

function named(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

const hexUnit = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, "0");
const byteHex = (character: string) => Buffer.from(character).toString("hex").toUpperCase();
