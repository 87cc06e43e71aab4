import assert from "node:assert/strict";
import { test } from "node:test";
import { EventEmitter } from "./event-emitter.mjs";

test("others stay when one goes", () => {
  const seen = [];
  const events = new EventEmitter();
  const off = events.on("a", () => seen.push("x"));
  events.on("a", () => seen.push("y"));
  off();
  events.emit("a");
  assert.deepEqual(seen, ["y"]);
});

test("once and on together", () => {
  const seen = [];
  const events = new EventEmitter();
  events.once("a", () => seen.push("once"));
  events.on("a", () => seen.push("on"));
  events.emit("a");
  events.emit("a");
  assert.deepEqual(seen, ["once", "on", "on"]);
});

test("emit says who listened", () => {
  const events = new EventEmitter();
  assert.deepEqual(events.emit("a"), false);
  events.once("a", () => {});
  assert.deepEqual(events.emit("a"), true);
  assert.deepEqual(events.emit("a"), false);
});

test("once can be taken off before", () => {
  const seen = [];
  const events = new EventEmitter();
  const off = events.once("a", () => seen.push(1));
  off();
  events.emit("a");
  assert.deepEqual(seen, []);
});

test("an event within its listener calls once only once", () => {
  const seen = [];
  const events = new EventEmitter();
  events.once("a", () => {
    seen.push(1);
    events.emit("a");
  });
  events.emit("a");
  assert.deepEqual(seen, [1]);
});

test("names are apart", () => {
  const seen = [];
  const events = new EventEmitter();
  events.on("a", () => seen.push("a"));
  events.once("b", () => seen.push("b"));
  events.emit("b");
  events.emit("b");
  assert.deepEqual(seen, ["b"]);
});

test("taking off an unknown listener is no error", () => {
  const events = new EventEmitter();
  events.off("a", () => {});
  assert.deepEqual(events.emit("a"), false);
});
