import assert from "node:assert/strict";
import { test } from "node:test";
import { parseQuery, formatQuery } from "./query-string.mjs";

test("an encoded plus sign stays", () => {
  assert.deepEqual(parseQuery("q=1%2B1+=+2"), { q: "1+1 = 2" });
});

test("names are decoded too", () => {
  assert.deepEqual(parseQuery("a+b+c=1"), { "a b c": "1" });
});

test("several values are a list", () => {
  assert.deepEqual(parseQuery("a=1&a=2&a=3+4+5"), { a: ["1", "2", "3 4 5"] });
});

test("an equals sign within a value", () => {
  assert.deepEqual(parseQuery("a=b=c"), { a: "b=c" });
});

test("nothing is no names", () => {
  assert.deepEqual(parseQuery("?"), {});
});

test("there and back", () => {
  assert.deepEqual(parseQuery(formatQuery({ q: "a b+c & d", n: ["1", "2"] })), {
    q: "a b+c & d",
    n: ["1", "2"],
  });
});
