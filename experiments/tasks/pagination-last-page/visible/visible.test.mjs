import assert from "node:assert/strict";
import { test } from "node:test";
import { pageCount } from "./pagination.ts";

test("a rest needs a page", () => {
  assert.deepEqual(pageCount(11, 5), 3);
});

test("full pages need no more", () => {
  assert.deepEqual(pageCount(10, 5), 2);
});
