import assert from "node:assert/strict";
import { test } from "node:test";
import { PriorityQueue } from "./priority-queue.mjs";

test("the lowest number comes first", () => {
  const queue = new PriorityQueue();
  queue.push("b", 2);
  queue.push("a", 1);
  queue.push("c", 3);
  assert.deepEqual([queue.pop(), queue.pop(), queue.pop()], ["a", "b", "c"]);
});

test("four items in order", () => {
  const queue = new PriorityQueue();
  for (const n of [4, 2, 3, 1]) queue.push(n, n);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => queue.pop()),
    [1, 2, 3, 4],
  );
});

test("the first out is the lowest", () => {
  const queue = new PriorityQueue();
  queue.push("b", 2);
  queue.push("a", 1);
  assert.deepEqual(queue.pop(), "a");
});
