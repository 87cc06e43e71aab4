/**
 * Pardons beside the line: a comment `helios-allow: <rule> -- <reason>` on the line of the finding, or alone on the
 * line above. The reason is not optional: a suppression without one suppresses nothing.
 */
const comment =
  /(?:\/\/|\/\*|#|--|;|<!--|^\s*\*|\brem\s)\s*helios-allow:\s*([\w./-]+(?:\s*,\s*[\w./-]+)*)(?:\s+--\s+(.*?))?\s*(?:\*\/|-->)?\s*$/i;
const onlyComment = /^\s*(?:\/\/|\/\*|#|--|;|<!--|\*)/;

export type SuppressionOf =
  | { readonly kind: "none" }
  | { readonly kind: "without-reason" }
  | { readonly kind: "suppressed"; readonly reason: string };

export function suppressionOf(ruleId: string, own: string, above: string): SuppressionOf {
  for (const line of onlyComment.test(above) ? [own, above] : [own]) {
    const match = comment.exec(line);
    if (match?.[1] === undefined) continue;
    const short = ruleId.slice(ruleId.indexOf("/") + 1);
    const names = match[1].split(",").map((name) => name.trim());
    if (!names.includes(short) && !names.includes(ruleId)) continue;
    const reason = match[2]?.trim() ?? "";
    return reason === "" ? { kind: "without-reason" } : { kind: "suppressed", reason };
  }
  return { kind: "none" };
}
