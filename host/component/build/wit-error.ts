import { HostError } from "../../core/host-error.ts";
import { packagesUsedIn, pointAt, type WitText } from "./wit-text.ts";

/** Says where: the parser's messages come without a place. `complaint` is what it says of a text alone. */
export async function witInvalid(
  found: string,
  files: readonly WitText[],
  complaint: (text: string) => Promise<string | undefined>,
): Promise<HostError> {
  const causes = found.split("\n").map((line) => line.replace(/^\s*\d+: /, "").trim());
  const message = causes.findLast((line) => line !== "") ?? found;
  const place = (await syntaxPlace(message, files, complaint)) ?? namePlace(message, files);
  if (place === undefined) return new HostError("wit-invalid", `${files[0]?.path ?? "WIT"}: ${message}`);
  const { place: where, line } = pointAt(place.file, place.position);
  return new HostError("wit-invalid", `${where}: ${message}\n${line}`);
}

interface Place {
  readonly file: WitText;
  readonly position: number;
}

/** A parser reads from left to right, so the shortest beginning of the text that it complains of in the same words ends
 *  with what it stumbled over. */
async function syntaxPlace(
  message: string,
  files: readonly WitText[],
  complaint: (text: string) => Promise<string | undefined>,
): Promise<Place | undefined> {
  const [, token = " "] = /found `([^`]+)`/.exec(message) ?? [];
  for (const file of files) {
    if ((await complaint(file.text)) !== message) continue;
    if (message.endsWith("found eof")) return { file, position: file.text.trimEnd().length };
    let [good, bad] = [0, file.text.length];
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      if ((await complaint(file.text.slice(0, middle))) === message) bad = middle;
      else good = middle;
    }
    // A name that is not found is noticed at the end of the file only.
    if (bad < file.text.trimEnd().length) return { file, position: bad - token.length };
  }
  return undefined;
}

function namePlace(message: string, files: readonly WitText[]): Place | undefined {
  const [, name] = /[`'"]([^`'"]+)[`'"]/.exec(message) ?? [];
  if (name === undefined) return undefined;
  for (const file of files) {
    const reference = packagesUsedIn(file.text).find((used) => used.name === name);
    const position = reference?.position ?? file.text.search(new RegExp(`(?<![\\w-])${RegExp.escape(name)}(?![\\w-])`));
    if (position >= 0) return { file, position };
  }
  return undefined;
}
