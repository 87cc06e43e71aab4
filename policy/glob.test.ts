import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { matchesGlob } from "./glob.ts";

const examples: readonly (readonly [text: string, glob: string, expected: boolean])[] = [
  ["a/b/c", "a/b/c", true],
  ["a/b/c", "a/*/c", true],
  ["a/b/c", "a/*", false],
  ["a/b/c", "a/**", true],
  ["a", "a/**", true],
  ["a/b/c", "**/c", true],
  ["c", "**/c", true],
  ["a/b/c", "**", true],
  ["a/b/x/c", "a/**/c", true],
  ["a/c", "a/**/c", true],
  ["abc", "a?c", true],
  ["ac", "a?c", false],
  ["@s/p@1.2.3", "@s/*@1.*", true],
  ["@s/p@2.0.0", "@s/*@1.*", false],
  ["a.b", "a*b*", true],
  ["a+b", "a+b", true],
  ["axb", "a.b", false],
  ["", "*", true],
];
for (const [text, glob, expected] of examples) {
  test(`${JSON.stringify(text)} ${expected ? "matches" : "does not match"} ${glob}`, () => {
    assert.equal(matchesGlob(text, glob), expected);
  });
}

test("every text matches itself and **", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z./@-]{0,30}$/),
      (text) => matchesGlob(text, text) && matchesGlob(text, "**"),
    ),
  );
});

test("a hostile glob costs no more than its length allows", () => {
  const text = "a".repeat(2000);
  assert.equal(matchesGlob(text, `${"*a".repeat(500)}b`), false);
  assert.equal(matchesGlob("a/".repeat(500), `${"**/a/".repeat(100)}b`), false);
});
