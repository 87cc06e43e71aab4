import assert from "node:assert/strict";
import { test } from "node:test";
import { slugify } from "./slugify.mjs";

test("letters become small", () => {
  assert.deepEqual(slugify("hello World"), "hello-world");
});

test("no hyphen at the ends", () => {
  assert.deepEqual(slugify("!hello!"), "hello");
});

test("words are joined", () => {
  assert.deepEqual(slugify("one two"), "one-two");
});
