import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { licenceRules } from "./licences/rules.ts";
import { exceptionRules, ruleSections } from "./rule-doc.ts";
import type { RuleDoc } from "./rule-doc.ts";
import { userSpaceRules } from "./user-space/rule-docs.ts";
import { vulnerabilityRules } from "./vulnerabilities/rules.ts";

const readme = path.join(import.meta.dirname, "../README.md");
const lists: Readonly<Record<string, Readonly<Record<string, RuleDoc>>>> = {
  licences: licenceRules,
  vulnerabilities: vulnerabilityRules,
  "user-space-only": userSpaceRules,
  "<guard>": exceptionRules,
};

/** Between the marks of a guard stands what its list says. */
function withSections(text: string): string {
  return Object.entries(lists).reduce((before, [guard, rules]) => {
    const [open, close] = [`<!-- rules of ${guard} -->`, `<!-- end of rules of ${guard} -->`];
    const [from, to] = [before.indexOf(open), before.indexOf(close)];
    assert.ok(from >= 0 && to > from, `policy/README.md has no place for the rules of ${guard}`);
    return `${before.slice(0, from + open.length)}\n\n${ruleSections(guard, rules)}\n${before.slice(to)}`;
  }, text);
}

test("the README explains every rule, with an example that is flagged and one that is not", () => {
  const text = readFileSync(readme, "utf8");
  const wanted = withSections(text);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(readme, wanted);
  else assert.equal(text, wanted, "run UPDATE_GOLDEN=1 node --test policy/guards/rule-doc.test.ts");
});

test("every rule says all of it", () => {
  for (const [guard, rules] of Object.entries(lists)) {
    for (const [name, { levels, why, flagged, clean, fix }] of Object.entries(rules)) {
      assert.ok(levels.length > 0, name);
      for (const text of [why, flagged, clean, fix]) assert.match(text, /\S/, `${guard}/${name}`);
      for (const sentence of [why, fix]) assert.match(sentence, /[.]$/, `${guard}/${name}`);
    }
  }
});
