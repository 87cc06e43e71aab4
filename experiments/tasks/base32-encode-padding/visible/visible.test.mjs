import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "./base32.mjs";

test("a letter is padded", () => {
  assert.deepEqual(encode(Buffer.from("f")), "MY======");
});

test("five letters need no padding", () => {
  assert.deepEqual(encode(Buffer.from("fooba")), "MZXW6YTB");
});

test("the length is a multiple of eight", () => {
  assert.deepEqual(encode(Buffer.from("fo")).length % 8, 0);
});

test("the first letters", () => {
  assert.deepEqual(encode(Buffer.from("foo")).slice(0, 4), "MZXW");
});
