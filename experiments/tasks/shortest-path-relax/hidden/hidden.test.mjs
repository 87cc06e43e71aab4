import assert from "node:assert/strict";
import { test } from "node:test";
import { shortestPath } from "./shortest-path.mjs";

test("the path is told", () => {
  assert.deepEqual(shortestPath({ a: { b: 9, c: 1 }, c: { b: 2 } }, "a", "b"), {
    path: ["a", "c", "b"],
    cost: 3,
  });
});

test("the direct way may be cheaper", () => {
  assert.deepEqual(shortestPath({ a: { b: 2, c: 1 }, c: { b: 2 } }, "a", "b"), { path: ["a", "b"], cost: 2 });
});

test("no way", () => {
  assert.deepEqual(shortestPath({ a: { b: 1 }, c: {} }, "a", "c"), undefined);
});

test("a circle ends", () => {
  assert.deepEqual(shortestPath({ a: { b: 1 }, b: { a: 1, c: 1 } }, "a", "c"), {
    path: ["a", "b", "c"],
    cost: 2,
  });
});

test("the start itself", () => {
  assert.deepEqual(shortestPath({ a: {} }, "a", "a"), { path: ["a"], cost: 0 });
});

test("a long chain", () => {
  assert.deepEqual(
    shortestPath({ a: { b: 4, c: 2 }, b: { d: 5 }, c: { b: 1, d: 8, e: 10 }, d: { e: 2 } }, "a", "e"),
    { path: ["a", "c", "b", "d", "e"], cost: 10 },
  );
});

test("steps without cost", () => {
  assert.deepEqual(shortestPath({ a: { b: 0 }, b: { c: 0 } }, "a", "c"), { path: ["a", "b", "c"], cost: 0 });
});
