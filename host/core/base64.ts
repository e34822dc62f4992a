const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const sextets = new Int8Array(128).fill(-1);
for (let i = 0; i < alphabet.length; i++) sextets[alphabet.charCodeAt(i)] = i;

/** Decodes base64 of the standard alphabet, padded or not (RFC 4648, section 4); undefined when it is
 *  anything else. Bits that are left over must be zero, so two texts of equal bytes differ by padding alone. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const digits = text.replace(/={1,2}$/, "");
  if (digits.length % 4 === 1 || (digits.length !== text.length && text.length % 4 !== 0)) return undefined;
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let pending = 0;
  let length = 0;
  for (let i = 0; i < digits.length; i++) {
    const sextet = sextets[digits.charCodeAt(i)] ?? -1;
    if (sextet < 0) return undefined;
    pending = ((pending << 6) | sextet) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length++] = pending >>> bits;
  }
  const leftOver = pending & ((1 << bits) - 1);
  return leftOver === 0 ? bytes : undefined;
}
