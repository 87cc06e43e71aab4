import assert from "node:assert/strict";
import { test } from "node:test";
import { isLeapYear } from "./calendar.mjs";

test("a plain fourth year is a leap year", () => {
  assert.deepEqual(isLeapYear(2024), true);
});

test("a century is not", () => {
  assert.deepEqual(isLeapYear(1900), false);
});
