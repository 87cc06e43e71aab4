import assert from "node:assert/strict";
import { test } from "node:test";
import { negotiate } from "./accept-header.mjs";

test("no weight is the highest", () => {
  assert.deepEqual(negotiate("de, en;q=0.8", ["en", "de"]), "de");
});

test("what is not accepted is refused", () => {
  assert.deepEqual(negotiate("de", ["fr"]), undefined);
});

test("the closest name decides", () => {
  assert.deepEqual(negotiate("*;q=0.1, en;q=0.9, de;q=0.5", ["de", "en"]), "en");
});
