import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { evaluate, evaluateField, worstClass } from "./algebra.ts";
import { expressionText } from "./expression.ts";
import type { LicenceExpression } from "./expression.ts";
import { classOfLicence, policyTable } from "./table.ts";
import type { LicenceClass } from "./table.ts";

const fields: readonly (readonly [field: string, expected: LicenceClass, chosen: string])[] = [
  ["MIT", "allow", "MIT"],
  ["mit", "allow", "MIT"],
  ["Apache-2.0+", "allow", "Apache-2.0+"],
  ["AGPL-3.0-or-later", "deny", "AGPL-3.0-or-later"],
  ["AGPL-1.0", "deny", "AGPL-1.0-only"],
  ["(MIT OR AGPL-3.0-only)", "allow", "MIT"],
  ["(AGPL-3.0-only OR MIT)", "allow", "MIT"],
  ["(MIT AND AGPL-3.0-only)", "deny", "MIT AND AGPL-3.0-only"],
  ["(MIT AND CC-BY-3.0)", "review", "MIT AND CC-BY-3.0"],
  ["(MIT OR GPL-2.0) AND (ISC OR LGPL-3.0)", "allow", "MIT AND ISC"],
  ["(GPL-2.0 OR MPL-2.0)", "review", "MPL-2.0"],
  ["(BSD-2-Clause OR MIT OR Apache-2.0)", "allow", "BSD-2-Clause"],
  ["Apache-2.0 WITH LLVM-exception", "allow", "Apache-2.0 WITH LLVM-exception"],
  ["MIT WITH Commons-Clause", "deny", "MIT WITH Commons-Clause"],
  ["MIT WITH some-exception", "review", "MIT WITH some-exception"],
  ["GPL-2.0 WITH Classpath-exception-2.0", "review", "GPL-2.0-only WITH Classpath-exception-2.0"],
  ["GPL-3.0 WITH GCC-exception-3.1", "review", "GPL-3.0-only WITH GCC-exception-3.1"],
  ["GPL-3.0 WITH GPL-CC-1.0", "deny", "GPL-3.0-only WITH GPL-CC-1.0"],
  ["AGPL-3.0 WITH Classpath-exception-2.0", "deny", "AGPL-3.0-only WITH Classpath-exception-2.0"],
  ["LGPL-3.0 WITH LGPL-3.0-linking-exception", "review", "LGPL-3.0-only WITH LGPL-3.0-linking-exception"],
  ["FSL-1.1-MIT", "deny", "FSL-1.1-MIT"],
  ["BUSL-1.1", "deny", "BUSL-1.1"],
  ["BSL-1.0", "allow", "BSL-1.0"],
  ["SSPL-1.0", "deny", "SSPL-1.0"],
  ["Elastic-2.0", "deny", "Elastic-2.0"],
  ["CC-BY-NC-SA-4.0", "deny", "CC-BY-NC-SA-4.0"],
  ["CC-BY-4.0", "review", "CC-BY-4.0"],
  ["UNLICENSED", "deny", "UNLICENSED"],
  ["Unlicense", "allow", "Unlicense"],
  ["BSD", "review", "BSD"],
  ["NOASSERTION", "review", "NOASSERTION"],
  ["LicenseRef-ours", "review", "LicenseRef-ours"],
  ["Some-Future-1.0", "review", "Some-Future-1.0"],
  ["MIT, ISC", "allow", "MIT AND ISC"],
  ["MIT, GPL-3.0", "review", "MIT AND GPL-3.0-only"],
  ["AGPL-3.0, GPL-3.0", "deny", "AGPL-3.0-only AND GPL-3.0-only"],
  ["anything you like", "review", "anything you like"],
  ["Licensed under the GNU Affero GPL, see web", "deny", "Licensed under the GNU Affero GPL, see web"],
  ["SEE LICENSE IN x", "review", "SEE LICENSE IN x"],
  ["GPL-2.0-only WITH Classpath-exception-2.0", "review", "GPL-2.0-only WITH Classpath-exception-2.0"],
  ["(GPL-2.0-only WITH Classpath-exception-2.0) OR MIT", "allow", "MIT"],
  ["EPL-2.0 OR GPL-2.0-only WITH Classpath-exception-2.0", "review", "EPL-2.0"],
  [
    "Apache-2.0 WITH LLVM-exception AND AGPL-3.0-or-later",
    "deny",
    "Apache-2.0 WITH LLVM-exception AND AGPL-3.0-or-later",
  ],
  ["MIT AND (GPL-2.0 OR (AGPL-3.0 OR (SSPL-1.0 OR ISC)))", "allow", "MIT AND ISC"],
  ["(MIT OR GPL-2.0) AND AGPL-3.0", "deny", "MIT AND AGPL-3.0-only"],
  ["MIT OR (AGPL-3.0", "deny", "MIT OR (AGPL-3.0"],
  ["MIT OR (GPL-3.0", "review", "MIT OR (GPL-3.0"],
  ["Apache-2.0 OR UNLICENSED", "allow", "Apache-2.0"],
  ["UNLICENSED OR Unlicense", "allow", "Unlicense"],
  ["unlicensed", "deny", "UNLICENSED"],
  ["LicenseRef-AcmeCommercial", "review", "LicenseRef-AcmeCommercial"],
  [
    "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2",
    "review",
    "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2",
  ],
  ["MIT AND GPLv3", "deny", "MIT AND GPL-3.0-only"],
  ["MIT/GPL", "review", "MIT AND GPL-2.0-or-later"],
  ["eCos-2.0", "review", "GPL-2.0-or-later WITH eCos-exception-2.0"],
  ["MPL-2.0-no-copyleft-exception", "review", "MPL-2.0-no-copyleft-exception"],
  ["BSD-3-Clause-No-Nuclear-License", "deny", "BSD-3-Clause-No-Nuclear-License"],
  ["CC-BY-NC-ND-3.0", "deny", "CC-BY-NC-ND-3.0"],
  ["PolyForm-Shield-1.0.0", "deny", "PolyForm-Shield-1.0.0"],
  ["Public Domain", "review", "LicenseRef-Public-Domain"],
];
for (const [field, expected, chosen] of fields) {
  test(`${field}: ${expected}, as ${chosen}`, () => {
    const verdict = evaluateField(field, policyTable);
    assert.equal(verdict.class, expected);
    assert.equal(verdict.chosen, chosen);
    assert.ok(verdict.reasons.length > 0 && verdict.reasons.every((reason) => reason !== ""));
  });
}

test("what an OR offered and we did not take is remembered; what an AND demands is not explained away", () => {
  assert.deepEqual(evaluateField("MIT OR AGPL-3.0-only", policyTable).rejected, ["AGPL-3.0-only"]);
  assert.deepEqual(evaluateField("(MIT OR GPL-3.0) AND GPL-3.0", policyTable).rejected, []);
  assert.deepEqual(evaluateField("MIT AND AGPL-3.0-only", policyTable).rejected, []);
});

test("no id stands in two rows of different classes by its exact spelling", () => {
  const seen = new Map<string, LicenceClass>();
  for (const row of policyTable.licences) {
    for (const id of row.ids.filter((pattern) => !pattern.endsWith("*"))) {
      assert.equal(seen.get(id) ?? row.class, row.class, id);
      seen.set(id, row.class);
      assert.equal(classOfLicence(id, policyTable).class, row.class, `${id} is shadowed by an earlier row`);
    }
  }
});

const rank = { allow: 0, review: 1, deny: 2 };
const simple = fc
  .constantFrom("MIT", "Apache-2.0", "MPL-2.0", "Unknown-1.0", "GPL-3.0-only", "AGPL-3.0-only")
  .map((id): LicenceExpression => ({ kind: "licence", id }));
const expressions = fc.letrec<{ node: LicenceExpression }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    simple,
    fc.record({
      kind: fc.constantFrom<"and" | "or">("and", "or"),
      arms: fc.array(tie("node"), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).node;
const classOf = (expression: LicenceExpression): number => rank[evaluate(expression, policyTable).class];

test("AND is the worst, OR the best of its arms, in any order", () => {
  fc.assert(
    fc.property(fc.array(expressions, { minLength: 1, maxLength: 4 }), (arms) => {
      const classes = arms.map(classOf);
      assert.equal(classOf({ kind: "and", arms }), Math.max(...classes));
      assert.equal(classOf({ kind: "or", arms }), Math.min(...classes));
      assert.equal(classOf({ kind: "or", arms: [...arms].reverse() }), Math.min(...classes));
      assert.equal(
        rank[worstClass(arms.map((arm) => evaluate(arm, policyTable).class))],
        Math.max(...classes),
      );
    }),
  );
});

test("what is chosen has no choice left and means the same", () => {
  fc.assert(
    fc.property(expressions, (expression) => {
      const verdict = evaluate(expression, policyTable);
      assert.doesNotMatch(verdict.chosen, / OR /);
      assert.equal(
        evaluateField(verdict.chosen, policyTable).class,
        verdict.class,
        expressionText(expression),
      );
    }),
  );
});
