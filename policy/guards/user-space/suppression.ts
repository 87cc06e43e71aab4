/**
 * Pardons beside the line: a comment `helios-allow: <rule> -- <reason>` on the line of the finding, or alone on the
 * line above. The reason is not optional: a suppression without one suppresses nothing. One that covers nothing is a
 * finding itself: it would pardon whatever somebody writes there next.
 */

/** Quick to look for, so that a text without it costs nothing. */
export const suppressionMark = "helios-allow:";

const comment =
  /(\/\/|\/\*|#|--|;|<!--|^\s*\*|\brem\s)\s*helios-allow:\s*([\w./-]+(?:\s*,\s*[\w./-]+)*)(?:\s+--\s+(.*?))?\s*(?:\*\/|-->)?\s*$/i;
const onlyComment = /^\s*(?:\/\/|\/\*|#|--|;|<!--|\*)/;

export interface Suppression {
  /** 1-based. */
  readonly line: number;
  /** Nothing but the comment: it covers the line below. */
  readonly isAlone: boolean;
  /** As written, with or without the guard's name. */
  readonly rules: readonly string[];
  /** Empty where none is given. */
  readonly reason: string;
}

/** Every suppression of a text, in order. */
export function suppressionsIn(text: string): Suppression[] {
  if (!text.includes(suppressionMark)) return [];
  return text.split(/\r?\n/).flatMap((line, index): Suppression[] => {
    if (!line.includes(suppressionMark) || line.length > 2000) return [];
    const match = comment.exec(line);
    if (match?.[2] === undefined || isQuoted(line, match.index)) return [];
    return [
      {
        line: index + 1,
        isAlone: onlyComment.test(line),
        rules: match[2].split(",").map((name) => name.trim()),
        reason: match[3]?.trim() ?? "",
      },
    ];
  });
}

export function covers(suppression: Suppression, ruleId: string, line: number): boolean {
  const short = ruleId.slice(ruleId.indexOf("/") + 1);
  if (!suppression.rules.includes(short) && !suppression.rules.includes(ruleId)) return false;
  return suppression.line === line || (suppression.isAlone && suppression.line === line - 1);
}

/** Inside of a text a comment is no comment: an odd number of quotes stands before it. */
function isQuoted(line: string, at: number): boolean {
  const before = line.slice(0, at);
  return ['"', "'", "`"].some((quote) => {
    let count = 0;
    for (let index = 0; index < before.length; index += 1) {
      if (before[index] === "\\") index += 1;
      else if (before[index] === quote) count += 1;
    }
    return count % 2 === 1;
  });
}
