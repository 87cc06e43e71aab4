import assert from "node:assert/strict";
import { test } from "node:test";
import { compareVersions, newestVersion } from "./semver.ts";

test("numbers compare as numbers", () => {
  assert.ok(compareVersions("1.10.0", "1.9.0") > 0);
});

test("the major number goes first", () => {
  assert.ok(compareVersions("2.0.0", "1.9.9") > 0);
});

test("the minor number goes before the patch", () => {
  assert.ok(compareVersions("1.2.9", "1.3.0") < 0);
});

test("the patch decides last", () => {
  assert.ok(compareVersions("1.2.3", "1.2.4") < 0);
});

test("the newest is found", () => {
  assert.deepEqual(newestVersion(["1.2.9", "1.10.0", "1.9.7"]), "1.10.0");
});

test("of none there is no newest", () => {
  assert.deepEqual(newestVersion([]), undefined);
});

test("what is no version is refused", () => {
  assert.throws(() => compareVersions("1.2", "1.2.3"), SyntaxError);
});
