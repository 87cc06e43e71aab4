import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, parseDuration } from "./duration.mjs";

test("a whole hour", () => {
  assert.deepEqual(formatDuration(3600), "1:00:00");
});

test("one second less", () => {
  assert.deepEqual(formatDuration(3599), "59:59");
});

test("many hours", () => {
  assert.deepEqual(formatDuration(360_000 + 59), "100:00:59");
});

test("negative durations", () => {
  assert.deepEqual(formatDuration(-3725), "-1:02:05");
  assert.deepEqual(parseDuration("-1:02:05"), -3725);
});

test("seconds alone", () => {
  assert.deepEqual(parseDuration("45"), 45);
  assert.deepEqual(formatDuration(0), "0:00");
});

test("there and back", () => {
  for (const s of [0, 59, 60, 3599, 3600, 7325, 86_399])
    assert.deepEqual(parseDuration(formatDuration(s)), s);
});

test("what is none is refused", () => {
  assert.throws(() => parseDuration("1:2:3:4"), SyntaxError);
  assert.throws(() => parseDuration("1:xx"), SyntaxError);
});
