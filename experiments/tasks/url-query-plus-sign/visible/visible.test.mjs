import assert from "node:assert/strict";
import { test } from "node:test";
import { parseQuery } from "./query-string.mjs";

test("plus signs are spaces", () => {
  assert.deepEqual(parseQuery("q=a+b+c"), { q: "a b c" });
});

test("a name alone has an empty value", () => {
  assert.deepEqual(parseQuery("?a&b=1"), { a: "", b: "1" });
});
