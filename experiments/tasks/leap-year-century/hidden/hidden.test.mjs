import assert from "node:assert/strict";
import { test } from "node:test";
import { isLeapYear, daysInMonth, dayOfYear } from "./calendar.mjs";

test("every fourth century is", () => {
  assert.deepEqual(isLeapYear(2000), true);
  assert.deepEqual(isLeapYear(2400), true);
});

test("other centuries are not", () => {
  assert.deepEqual([1700, 1800, 2100].map(isLeapYear), [false, false, false]);
});

test("odd years are not", () => {
  assert.deepEqual(isLeapYear(2023), false);
});

test("February follows", () => {
  assert.deepEqual(daysInMonth(1900, 2), 28);
  assert.deepEqual(daysInMonth(2000, 2), 29);
  assert.deepEqual(daysInMonth(2023, 2), 28);
});

test("the day of the year follows", () => {
  assert.deepEqual(dayOfYear(1900, 3, 1), 60);
  assert.deepEqual(dayOfYear(2000, 3, 1), 61);
  assert.deepEqual(dayOfYear(2000, 12, 31), 366);
});

test("a month that is none is refused", () => {
  assert.throws(() => daysInMonth(2000, 13), RangeError);
});
