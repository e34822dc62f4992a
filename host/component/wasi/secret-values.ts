/** What a secret shows by: itself, and its longer lines alone. Of each there are pieces, so that what a search takes for one
 *  place is bounded, and what a stream holds back; they overlap, so that nothing stays between them. */
export function shownBy(secret: string): readonly string[] {
  const text = secret.toWellFormed();
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  const long = lines.filter((line) => line.length >= lineCharactersMin && line !== text);
  return [...new Set([text, ...long].flatMap(piecesOf))].filter((piece) => piece !== "");
}

/** Shorter ones turn up by chance. */
const lineCharactersMin = 8;
const pieceCharactersMax = 512;
const overlap = 8;

function piecesOf(text: string): readonly string[] {
  const characters = Array.from(text);
  const pieces = [characters.slice(0, pieceCharactersMax)];
  for (let end = pieceCharactersMax; end < characters.length; end += pieceCharactersMax - overlap) {
    pieces.push(characters.slice(end - overlap, end - overlap + pieceCharactersMax));
  }
  return pieces.map((piece) => piece.join(""));
}

/** Its characters; a line ends by one newline, whatever else stands there. */
export function charactersOf(value: string): readonly number[] {
  return Array.from(value.replaceAll(/(?:\r\n?|\n)[ \t]*/g, "\n"), (each) => each.codePointAt(0) ?? 0);
}

/** The digits of base64 that the value alone decides, wherever it stands in what is encoded. */
export function base64Of(value: string): readonly (readonly number[])[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const decided = digits.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6));
    return [...Buffer.from(decided)];
  });
}

/** The digits of its bytes. */
export function hexadecimalOf(value: string): readonly number[] {
  return [...Buffer.from(value)].flatMap((byte) => [byte >> 4, byte & 15]);
}

/** The most bytes that a writing of it may take: eight for each byte that it has in JSON, which is what HTML has by numbers
 *  and more than there is elsewhere, and some for blanks where lines end. */
export function bytesMaxOf(value: string): number {
  const lineEnds = value.match(/\r\n?|\n/g)?.length ?? 0;
  return 8 * Buffer.byteLength(JSON.stringify(value)) + 160 * lineEnds;
}
