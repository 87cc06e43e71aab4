import assert from "node:assert/strict";
import { test } from "node:test";
import { EventEmitter } from "./event-emitter.mjs";

test("once is once", () => {
  const seen = [];
  const events = new EventEmitter();
  events.once("a", (v) => seen.push(v));
  events.emit("a", 1);
  events.emit("a", 2);
  assert.deepEqual(seen, [1]);
});

test("a listener can be taken off", () => {
  const seen = [];
  const events = new EventEmitter();
  const off = events.on("a", (v) => seen.push(v));
  off();
  events.emit("a", 1);
  assert.deepEqual(seen, []);
});

test("listeners get the values", () => {
  const seen = [];
  const events = new EventEmitter();
  events.on("a", (...v) => seen.push(v));
  events.emit("a", 1, 2);
  assert.deepEqual(seen, [[1, 2]]);
});
