/**
 * The code blocks of a Markdown page as programs, so that a test can run what a reader would copy.
 *
 * Each ```ts block is one program. What it takes for granted stands in a comment before it that no reader sees, and what
 * must hold afterwards in one behind it:
 *
 *   <!-- before
 *   const vst = ...;
 *   -->
 *   ```ts
 *   vst.commit();
 *   ```
 *   <!-- after
 *   assert.equal(...);
 *   -->
 */
export interface PageProgram {
  /** Line of the block in the page. */
  readonly line: number;
  readonly source: string;
}

const block =
  /(?:<!-- before\n(?<before>.*?)-->\s*)?^```ts\n(?<code>.*?)^```$(?:\s*<!-- after\n(?<after>.*?)-->)?/gms;
const importLine = /^import .*$/gm;

export function programsOf(page: string): PageProgram[] {
  return [...page.matchAll(block)].map((match) => {
    const { before = "", code = "", after = "" } = match.groups ?? {};
    const whole = `${before}\n${code}\n${after}`;
    const imports = new Set(['import assert from "node:assert/strict";', ...(whole.match(importLine) ?? [])]);
    return {
      line: page.slice(0, page.indexOf("```ts", match.index)).split("\n").length,
      source: `${[...imports].join("\n")}\n${whole.replace(importLine, "")}`,
    };
  });
}
