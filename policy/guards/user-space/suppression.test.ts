import assert from "node:assert/strict";
import { test } from "node:test";
import { covers, suppressionsIn } from "./suppression.ts";

const rule = "user-space-only/namespace-unshare";
const mark = "helios-allow:";

/** Whether a text pardons the rule in a line, and with which reason. */
function pardonOf(text: string, line: number): string | undefined {
  return suppressionsIn(text).find((each) => covers(each, rule, line))?.reason;
}

test("a comment on the line or alone above it suppresses, in any comment style", () => {
  for (const comment of [
    `// ${mark} namespace-unshare -- test of the sandbox`,
    `# ${mark} user-space-only/namespace-unshare -- test of the sandbox`,
    `/* ${mark} mount-call, namespace-unshare -- test of the sandbox */`,
    `<!-- ${mark} namespace-unshare -- test of the sandbox -->`,
  ]) {
    assert.equal(pardonOf(`code ${comment}`, 1), "test of the sandbox", comment);
    assert.equal(pardonOf(`  ${comment}\ncode`, 2), "test of the sandbox", comment);
  }
});

test("without a reason it has none", () => {
  assert.equal(pardonOf(`x // ${mark} namespace-unshare`, 1), "");
  assert.equal(pardonOf(`x // ${mark} namespace-unshare -- `, 1), "");
});

test("it counts for its own rule and its own line only", () => {
  assert.equal(pardonOf(`x // ${mark} mount-call -- other`, 1), undefined);
  assert.equal(pardonOf(`other(); // ${mark} namespace-unshare -- belongs to that line\nx`, 2), undefined);
});

test("inside of a text it is no comment", () => {
  assert.deepEqual(suppressionsIn(`x("${mark} namespace-unshare -- no comment")`), []);
  assert.deepEqual(suppressionsIn(`x("// ${mark} namespace-unshare -- no comment`), []);
  assert.equal(suppressionsIn(`x("a \\" b"); // ${mark} mount-call -- a comment`).length, 1);
});
