import assert from "node:assert/strict";
import { test } from "node:test";
import { compareVersions } from "./semver.ts";

test("a higher minor number is newer", () => {
  assert.ok(compareVersions("1.3.0", "1.2.0") > 0);
});

test("equal versions are equal", () => {
  assert.deepEqual(compareVersions("1.2.3", "v1.2.3"), 0);
});
