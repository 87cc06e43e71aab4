import assert from "node:assert/strict";
import { test } from "node:test";
import { UndoHistory } from "./undo-history.mjs";

test("several steps back and forward", () => {
  const history = new UndoHistory(1);
  history.apply(2);
  history.apply(3);
  assert.deepEqual([history.undo(), history.undo(), history.redo(), history.redo()], [2, 1, 2, 3]);
});

test("a new state forgets the future", () => {
  const history = new UndoHistory(1);
  history.apply(2);
  history.undo();
  history.apply(3);
  assert.deepEqual(history.canRedo, false);
  assert.deepEqual(history.redo(), 3);
  assert.deepEqual(history.undo(), 1);
});

test("nothing to undo", () => {
  const history = new UndoHistory("a");
  assert.deepEqual(history.undo(), "a");
  assert.deepEqual(history.canRedo, false);
});

test("the limit counts steps", () => {
  const history = new UndoHistory(0, 2);
  for (const n of [1, 2, 3]) history.apply(n);
  assert.deepEqual([history.undo(), history.undo(), history.undo()], [2, 1, 1]);
});

test("undo after a redo", () => {
  const history = new UndoHistory(1);
  history.apply(2);
  history.undo();
  history.redo();
  assert.deepEqual(history.undo(), 1);
});

test("redo after several undos begins with the nearest", () => {
  const history = new UndoHistory(1);
  for (const n of [2, 3, 4]) history.apply(n);
  history.undo();
  history.undo();
  assert.deepEqual(history.redo(), 3);
  assert.deepEqual(history.present, 3);
});
