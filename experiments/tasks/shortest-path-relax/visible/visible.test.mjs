import assert from "node:assert/strict";
import { test } from "node:test";
import { costsFrom } from "./shortest-path.mjs";

test("a neighbour", () => {
  assert.deepEqual(costsFrom({ a: { b: 2 } }, "a").costs.get("b"), 2);
});

test("costs add up", () => {
  assert.deepEqual(costsFrom({ a: { b: 2 }, b: { c: 3 } }, "a").costs.get("c"), 5);
});

test("a detour may be cheaper", () => {
  assert.deepEqual(costsFrom({ a: { b: 9, c: 1 }, c: { b: 2 } }, "a").costs.get("b"), 3);
});
