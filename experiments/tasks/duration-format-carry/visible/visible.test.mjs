import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, parseDuration } from "./duration.mjs";

test("above an hour the minutes start anew", () => {
  assert.deepEqual(formatDuration(3661), "1:01:01");
});

test("a duration is read", () => {
  assert.deepEqual(parseDuration("1:30"), 90);
});

test("below an hour there are no hours", () => {
  assert.deepEqual(formatDuration(75), "1:15");
});
