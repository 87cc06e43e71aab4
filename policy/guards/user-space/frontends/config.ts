/** YAML and JSON: parsed into one kind of tree, judged by the schemas in `config/schemas.ts`. */
import { mayBeConfiguration, scanConfig, type ConfigScan } from "../config/schemas.ts";
import { BudgetSpent, parseConfig, withoutJsonComments } from "../config/tree.ts";
import { distinct } from "../hit.ts";
import type { FrontEnd } from "../frontend.ts";

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => {
    const isJson = /\.jsonc?$/.test(source.path);
    if (isJson && !mayBeConfiguration(source.path, source.text)) return { hits: [], problems: [] };
    const into: ConfigScan = { hits: [], problems: [], embed: surroundings.embed };
    const text = isJson ? withoutJsonComments(source.text) : withoutTemplates(source.text);
    const parsed = parseConfig(text);
    if (parsed.error !== undefined) {
      into.problems.push({
        code: "parse-error",
        reason: `${isJson ? "JSON" : "YAML"}: ${parsed.error.reason}`,
        line: parsed.error.line,
      });
    }
    try {
      for (const document of parsed.documents) scanConfig(source.path, document, into);
    } catch (error) {
      if (!(error instanceof BudgetSpent) && !(error instanceof RangeError)) throw error;
      into.problems.push({ code: "too-deep", reason: `YAML: ${error.message}`, line: 1 });
    }
    return { hits: distinct(into.hits), problems: into.problems };
  },
};

/**
 * Helm and Jinja templates are not YAML until they are filled in. A line that is only control flow goes away, a
 * value becomes a word; both branches of a condition are read.
 */
function withoutTemplates(text: string): string {
  if (!/\{\{|\{%/.test(text) || /\$\{\{/.test(text)) return text;
  return text
    .split("\n")
    .map((line) => {
      if (/^\s*(?:\{\{-?[^}]*-?\}\}|\{%[^%]*%\})\s*$/.test(line)) return "";
      return line
        .replace(/"\{\{[^}]*\}\}"|'\{\{[^}]*\}\}'|\{\{[^}]*\}\}/g, "template")
        .replace(/\{%[^%]*%\}/g, "");
    })
    .join("\n");
}
