/**
 * The law of a front end, called once for each: whatever the text, it answers; the same text gives the same
 * answer; places lie inside of the text; words in comments and prose are nothing.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { FrontEnd } from "./frontend.ts";
import { surroundings } from "./scan.ts";

export interface FrontEndExamples {
  readonly path: string;
  /** Holds exactly one finding, of this rule, in this line. */
  readonly forbidden: { readonly code: string; readonly rule: string; readonly line: number };
  /** The same words, harmless. */
  readonly harmless: string;
}

export function frontEndSuite(name: string, frontEnd: FrontEnd, examples: FrontEndExamples): void {
  const scan = (text: string) => {
    const { hits, problems } = frontEnd.scan({ path: examples.path, text }, surroundings);
    return { hits, problems };
  };

  test(`${name}: finds what is forbidden, in its line`, () => {
    const { hits, problems } = scan(examples.forbidden.code);
    assert.deepEqual(
      hits.map((hit) => [hit.rule.id, hit.line]),
      [[examples.forbidden.rule, examples.forbidden.line]],
    );
    assert.deepEqual(problems, []);
  });

  test(`${name}: the same words in comments and data are nothing`, () => {
    assert.deepEqual(scan(examples.harmless), { hits: [], problems: [] });
  });

  test(`${name}: windows line ends change nothing but the line ends`, () => {
    const { hits } = scan(examples.forbidden.code.replaceAll("\n", "\r\n"));
    assert.deepEqual(
      hits.map((hit) => [hit.rule.id, hit.line]),
      [[examples.forbidden.rule, examples.forbidden.line]],
    );
  });

  test(`${name}: any cut or damage of the text is answered, twice the same, with places inside of the text`, () => {
    const code = examples.forbidden.code;
    fc.assert(
      fc.property(
        fc.nat(code.length),
        fc.nat(code.length),
        fc.string({ maxLength: 8 }),
        (from, to, noise) => {
          const text = code.slice(0, Math.min(from, to)) + noise + code.slice(Math.max(from, to));
          const first = scan(text);
          const lines = text.split("\n").length;
          for (const hit of first.hits) assert.ok(hit.line >= 1 && hit.line <= lines + 1 && hit.column >= 1);
          assert.deepEqual(scan(text), first);
        },
      ),
      { numRuns: 40 },
    );
  });

  test(`${name}: deep nesting is answered, not died of`, () => {
    for (const open of ["(", "{", "[", "$(", '"', "- ", "if x; then "]) {
      const { hits } = scan(open.repeat(3000));
      assert.ok(Array.isArray(hits));
    }
  });
}
