import assert from "node:assert/strict";
import { test } from "node:test";
import { suppressionOf } from "./suppression.ts";

const rule = "user-space-only/namespace-unshare";

test("a comment on the line or alone above it suppresses, in any comment style", () => {
  for (const line of [
    "// helios-allow: namespace-unshare -- test of the sandbox",
    "# helios-allow: user-space-only/namespace-unshare -- test of the sandbox",
    "/* helios-allow: mount-call, namespace-unshare -- test of the sandbox */",
    "<!-- helios-allow: namespace-unshare -- test of the sandbox -->",
  ]) {
    assert.deepEqual(
      suppressionOf(rule, `code ${line}`, ""),
      { kind: "suppressed", reason: "test of the sandbox" },
      line,
    );
    assert.deepEqual(
      suppressionOf(rule, "code", `  ${line}`),
      { kind: "suppressed", reason: "test of the sandbox" },
      line,
    );
  }
});

test("without a reason it does not count", () => {
  assert.equal(suppressionOf(rule, "x // helios-allow: namespace-unshare", "").kind, "without-reason");
  assert.equal(suppressionOf(rule, "x // helios-allow: namespace-unshare -- ", "").kind, "without-reason");
});

test("it counts for its own rule and its own line only", () => {
  assert.equal(suppressionOf(rule, "x // helios-allow: mount-call -- other", "").kind, "none");
  assert.equal(
    suppressionOf(rule, "x", "other(); // helios-allow: namespace-unshare -- belongs to that line").kind,
    "none",
  );
  assert.equal(suppressionOf(rule, 'x("helios-allow: namespace-unshare -- no comment")', "").kind, "none");
});
