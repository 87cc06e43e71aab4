import assert from "node:assert/strict";
import { test } from "node:test";
import { UndoHistory } from "./undo-history.mjs";

test("undo goes back", () => {
  const history = new UndoHistory("a");
  history.apply("b");
  assert.deepEqual(history.undo(), "a");
});

test("redo goes forward", () => {
  const history = new UndoHistory("a");
  history.apply("b");
  history.undo();
  assert.deepEqual(history.redo(), "b");
  assert.deepEqual(history.canUndo, true);
  assert.deepEqual(history.canRedo, false);
});

test("the limit drops the oldest", () => {
  const history = new UndoHistory(1, 1);
  history.apply(2);
  history.apply(3);
  assert.deepEqual(history.undo(), 2);
});
