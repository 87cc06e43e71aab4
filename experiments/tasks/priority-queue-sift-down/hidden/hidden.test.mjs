import assert from "node:assert/strict";
import { test } from "node:test";
import { PriorityQueue } from "./priority-queue.mjs";

test("many items in order", () => {
  const queue = new PriorityQueue();
  const all = Array.from({ length: 50 }, (_, i) => (i * 37) % 50);
  for (const n of all) queue.push(n, n);
  assert.deepEqual(
    all.map(() => queue.pop()),
    all.toSorted((a, b) => a - b),
  );
});

test("items going down", () => {
  const queue = new PriorityQueue();
  for (const n of [5, 4, 3, 2, 1]) queue.push(n, n);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => queue.pop()),
    [1, 2, 3, 4, 5],
  );
});

test("an empty queue gives nothing", () => {
  assert.deepEqual(new PriorityQueue().pop(), undefined);
});

test("equal priorities all come out", () => {
  const queue = new PriorityQueue();
  for (const v of ["a", "b", "c"]) queue.push(v, 1);
  assert.deepEqual([queue.pop(), queue.pop(), queue.pop()].sort(), ["a", "b", "c"]);
});

test("pushes and pops may alternate", () => {
  const queue = new PriorityQueue();
  for (const n of [3, 1, 2]) queue.push(n, n);
  assert.deepEqual(queue.pop(), 1);
  queue.push(0, 0);
  assert.deepEqual([queue.pop(), queue.pop(), queue.pop()], [0, 2, 3]);
});

test("negative priorities come first", () => {
  const queue = new PriorityQueue();
  for (const n of [0, 7, -5, 3]) queue.push(n, n);
  assert.deepEqual([queue.pop(), queue.pop(), queue.pop()], [-5, 0, 3]);
});

test("the size follows", () => {
  const queue = new PriorityQueue();
  queue.push(1, 1);
  queue.push(2, 2);
  queue.pop();
  assert.deepEqual(queue.size, 1);
});
