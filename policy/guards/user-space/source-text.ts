/** From the bytes of a file to its text, and whether it needs to be parsed at all. */
import type { FrontEndRow } from "./frontend.ts";
import { possibleElsewhere, triggerWords } from "./rules/triggers.ts";

/** UTF-8, UTF-16 with a mark, and as a last resort bytes as they are; undefined for what is no text. */
export function decoded(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  if (bytes.subarray(0, 8192).includes(0)) return undefined;
  return new TextDecoder("utf-8").decode(bytes);
}

export function mayHoldFinding(row: FrontEndRow, text: string): boolean {
  if (row.readsAll === true) return true;
  // The second condition first: it is the shorter one, and the more seldom met.
  return (row.alsoNeeds === undefined || row.alsoNeeds.test(text)) && triggerWords.test(text);
}

/** For languages without front end; comments of the common kinds left out. */
export function mayHoldFindingElsewhere(text: string): boolean {
  if (!possibleElsewhere.test(text)) return false;
  const bare = text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*|^\s*(?:#(?!!)|--|;).*$/gm, "");
  return possibleElsewhere.test(bare);
}
