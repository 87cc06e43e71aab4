import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expressionText, idsOf, parseExpression } from "./expression.ts";
import type { LicenceExpression } from "./expression.ts";

const canonical: readonly (readonly [field: string, expected: string])[] = [
  ["MIT", "MIT"],
  ["  MIT ", "MIT"],
  ["(MIT)", "MIT"],
  ["MIT OR Apache-2.0", "MIT OR Apache-2.0"],
  ["mit or apache-2.0", "MIT OR Apache-2.0"],
  ["apache-2.0 with llvm-exception", "Apache-2.0 WITH LLVM-exception"],
  ["MIT And ISC", "MIT AND ISC"],
  ["GPLv2 or later", "GPL-2.0-or-later"],
  ["LGPL version 2.1", "LGPL-2.1-only"],
  ["MIT or Apache 2.0", "MIT OR Apache-2.0"],
  ["MIT AND GPLv3", "MIT AND GPL-3.0-only"],
  ["The MIT License.", "MIT"],
  ["Public Domain", "LicenseRef-Public-Domain"],
  ["Proprietary license", "Proprietary"],
  ["https://opensource.org/licenses/MIT", "MIT"],
  ["http://www.apache.org/licenses/LICENSE-2.0.html", "Apache-2.0"],
  ["https://www.gnu.org/licenses/agpl-3.0.en.html", "AGPL-3.0-only"],
  ["https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0"],
  ["MIT AND ISC OR BSD-3-Clause", "(MIT AND ISC) OR BSD-3-Clause"],
  ["MIT AND (ISC OR BSD-3-Clause)", "MIT AND (ISC OR BSD-3-Clause)"],
  ["(MIT OR (ISC OR 0BSD))", "MIT OR ISC OR 0BSD"],
  ["Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"],
  ["GPL-2.0 WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"],
  ["GPL-2.0", "GPL-2.0-only"],
  ["GPL-2.0+", "GPL-2.0-or-later"],
  ["gpl-3.0-or-later", "GPL-3.0-or-later"],
  ["LGPL-2.1+", "LGPL-2.1-or-later"],
  ["AGPL-3.0", "AGPL-3.0-only"],
  ["GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"],
  ["BSD-2-Clause-FreeBSD", "BSD-2-Clause-Views"],
  ["Apache License, Version 2.0", "Apache-2.0"],
  ["The MIT License", "MIT"],
  ["MIT/X11", "MIT"],
  ["GPLv3", "GPL-3.0-only"],
  ["GNU AGPLv3", "AGPL-3.0-only"],
  ["UNLICENSED", "UNLICENSED"],
  ["LicenseRef-ours", "LicenseRef-ours"],
  ["DocumentRef-x:LicenseRef-y", "DocumentRef-x:LicenseRef-y"],
  ["MIT, GPL-2.0", "MIT, GPL-2.0-only"],
  ["MIT/Apache-2.0", "MIT, Apache-2.0"],
  ["(MIT, GPLv2)", "MIT, GPL-2.0-only"],
];
for (const [field, expected] of canonical) {
  test(`${JSON.stringify(field)} reads as ${expected}`, () => {
    const parsed = parseExpression(field);
    assert.equal(parsed.kind === "expression" ? expressionText(parsed.expression) : parsed, expected);
  });
}

for (const field of [
  "",
  "   ",
  "MIT AND",
  "AND MIT",
  "(MIT",
  "MIT)",
  "MIT ISC",
  "MIT WITH",
  "MIT WITH a WITH b",
  "(MIT OR ISC) WITH x",
  "http://example.com/licence",
  "MIT style",
  "MIT (non-commercial)",
  "https://example.invalid/licence",
  "see the website",
  "MIT, see the website",
  `${"(".repeat(200)}MIT${")".repeat(200)}`,
  "MIT OR ".repeat(1000) + "MIT",
  "constructor prototype",
]) {
  test(`unparsable: ${JSON.stringify(field.slice(0, 40))}`, () => {
    const parsed = parseExpression(field);
    assert.equal(parsed.kind, "unparsable");
    assert.notEqual(parsed.kind === "unparsable" ? parsed.reason : "", "");
  });
}

test("an inherited property name is no alias", () => {
  assert.deepEqual(parseExpression("constructor"), {
    kind: "expression",
    expression: { kind: "licence", id: "constructor" },
  });
});

test("SEE LICENSE IN names a file", () => {
  for (const field of [
    "SEE LICENSE IN LICENSE.txt",
    "see license in LICENSE.txt",
    "SEE LICENCE IN <LICENSE.txt>",
  ]) {
    assert.deepEqual(parseExpression(field), { kind: "see-file", path: "LICENSE.txt" });
  }
  for (const field of ["LICENSE.md", "see LICENSE.md", "See the license.md file"])
    assert.equal(parseExpression(field).kind, "see-file", field);
});

test("ids are named once each", () => {
  const parsed = parseExpression("(MIT OR GPL-2.0 WITH x) AND (MIT OR ISC)");
  assert.deepEqual(parsed.kind === "expression" && idsOf(parsed.expression), ["MIT", "GPL-2.0-only", "ISC"]);
  const list = parseExpression("MIT, ISC");
  assert.deepEqual(list.kind === "expression" && idsOf(list.expression), ["MIT", "ISC"]);
});

const leaf = fc.oneof(
  fc
    .constantFrom("MIT", "ISC", "Apache-2.0", "GPL-3.0-only")
    .map((id): LicenceExpression => ({ kind: "licence", id })),
  fc.constant<LicenceExpression>({
    kind: "with",
    licence: "GPL-2.0-only",
    exception: "Classpath-exception-2.0",
  }),
);
export const anyExpression: fc.Arbitrary<LicenceExpression> = fc.letrec<{ node: LicenceExpression }>(
  (tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.record({
        kind: fc.constantFrom<"and" | "or">("and", "or"),
        arms: fc.array(tie("node"), { minLength: 2, maxLength: 3 }),
      }),
    ),
  }),
).node;

test("writing and reading again changes nothing", () => {
  fc.assert(
    fc.property(anyExpression, (expression) => {
      const text = expressionText(expression);
      const parsed = parseExpression(text);
      assert.equal(parsed.kind, "expression");
      const again = parsed.kind === "expression" ? expressionText(parsed.expression) : "";
      const third = parseExpression(again);
      assert.equal(third.kind === "expression" && expressionText(third.expression), again);
    }),
  );
});

test("no text makes the parser throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Z()+ ./,-]{0,60}$/)), (text) => {
      assert.notEqual(parseExpression(text).kind, undefined);
    }),
  );
});
