import assert from "node:assert/strict";
import { test } from "node:test";
import { parseField } from "./cron-field.mjs";

test("a range holds its end", () => {
  assert.deepEqual(parseField("1-5/1", 0, 59), [1, 2, 3, 4, 5]);
});

test("steps", () => {
  assert.deepEqual(parseField("*/15", 0, 59), [0, 15, 30, 45]);
});

test("a number is itself", () => {
  assert.deepEqual(parseField("7", 0, 59), [7]);
});
