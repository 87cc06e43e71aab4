/** Vue, Svelte and Astro: the scripts inside. The markup around them cannot start anything. */
import { movedTo, placesOf, type Hit, type Problem } from "../hit.ts";
import type { FrontEnd } from "../frontend.ts";

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => {
    const placeOf = placesOf(source.text);
    const hits: Hit[] = [];
    const problems: Problem[] = [];
    for (const { text, offset, isTyped } of scriptsOf(source.text)) {
      const found = movedTo(surroundings.embed(isTyped ? "script.ts" : "script.js", text), placeOf(offset));
      hits.push(...found.hits);
      problems.push(...found.problems);
    }
    return { hits, problems };
  },
};

interface Script {
  readonly text: string;
  readonly offset: number;
  readonly isTyped: boolean;
}

/** By plain search and not by one regular expression: an unclosed tag must not cost more than its text. */
function scriptsOf(text: string): Script[] {
  const scripts: Script[] = [];
  const front = /^\s*---\r?\n/.exec(text);
  if (front !== null) {
    const end = text.indexOf("\n---", front[0].length - 1);
    if (end !== -1)
      scripts.push({ text: text.slice(front[0].length, end), offset: front[0].length, isTyped: true });
  }
  const lower = text.toLowerCase();
  for (let at = lower.indexOf("<script"); at !== -1; at = lower.indexOf("<script", at)) {
    const open = lower.indexOf(">", at);
    if (open === -1) break;
    const close = lower.indexOf("</script", open);
    const end = close === -1 ? text.length : close;
    const tag = lower.slice(at, open);
    scripts.push({ text: text.slice(open + 1, end), offset: open + 1, isTyped: /lang=["']?ts/.test(tag) });
    at = end;
  }
  return scripts;
}
