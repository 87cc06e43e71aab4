/** YAML and JSON: parsed into one kind of tree, judged by the schemas in `config/schemas.ts`. */
import { BudgetSpent } from "../config/node.ts";
import { mayBeConfiguration, scanConfig, type ConfigScan } from "../config/schemas.ts";
import { parseConfig, withoutJsonComments } from "../config/yaml.ts";
import { distinct } from "../hit.ts";
import type { FrontEnd } from "../frontend.ts";

/** Deeper nesting is nobody's configuration, and the parser of YAML calls itself for every level. */
const deepestNesting = 400;

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => {
    const isJson = /\.jsonc?$/.test(source.path);
    if (isJson && !mayBeConfiguration(source.path, source.text)) return { hits: [], problems: [] };
    const language = isJson ? "JSON" : "YAML";
    const into: ConfigScan = { hits: [], problems: [], embed: surroundings.embed };
    const text = isJson ? withoutJsonComments(source.text) : withoutTemplates(source.text);
    const tooDeep = nestsDeeperThan(text, deepestNesting);
    if (tooDeep !== undefined) {
      const reason = `${language}: nested deeper than ${deepestNesting} levels`;
      return { hits: [], problems: [{ code: "too-deep", reason, line: tooDeep }] };
    }
    try {
      const parsed = parseConfig(text);
      if (parsed.error !== undefined) {
        const { reason, line } = parsed.error;
        into.problems.push({ code: "parse-error", reason: `${language}: ${reason}`, line });
      }
      for (const document of parsed.documents) scanConfig(source.path, document, into);
    } catch (error) {
      if (!(error instanceof BudgetSpent) && !(error instanceof RangeError)) throw error;
      into.problems.push({ code: "too-deep", reason: `${language}: ${error.message}`, line: 1 });
    }
    return { hits: distinct(into.hits), problems: into.problems };
  },
};

/** The line where brackets or `- - -` go deeper; indentation deeper than this does not fit on a line anyway. */
function nestsDeeperThan(text: string, levels: number): number | undefined {
  let depth = 0;
  let line = 1;
  let run = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === 10) {
      line += 1;
      run = 0;
    } else if (char === 91 || char === 123) depth += 1;
    else if (char === 93 || char === 125) depth = Math.max(0, depth - 1);
    else if (char === 45 || char === 63) run += 1;
    else if (char !== 32) run = 0;
    if (depth > levels || run > levels) return line;
  }
  return undefined;
}

/**
 * Helm and Jinja templates are not YAML until they are filled in. A line that is only control flow goes away, a
 * value becomes a word; both branches of a condition are read.
 */
function withoutTemplates(text: string): string {
  if (!/\{\{|\{%/.test(text) || /\$\{\{/.test(text)) return text;
  return text
    .split("\n")
    .map((line) => {
      if (/^\s*(?:\{\{-?[^}]*-?\}\}|\{%[^%]*%\}\s*)+\s*$/.test(line)) return "";
      return line
        .replace(/"\{\{[^}]*\}\}"|'\{\{[^}]*\}\}'|\{\{[^}]*\}\}/g, "template")
        .replace(/\{%[^%]*%\}/g, "");
    })
    .join("\n");
}
