import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenize } from "./tokenizer.ts";

test("zero alone", () => {
  assert.deepEqual(tokenize("0"), [{ kind: "number", text: "0" }]);
});

test("zeros behind the point", () => {
  assert.deepEqual(
    tokenize("2.05 0.50").map((t) => t.text),
    ["2.05", "0.50"],
  );
});

test("a point without decimals is an operator", () => {
  assert.deepEqual(
    tokenize("1.").map((t) => t.text),
    ["1", "."],
  );
  assert.deepEqual(
    tokenize("1.a").map((t) => t.text),
    ["1", ".", "a"],
  );
});

test("two points are not one number", () => {
  assert.deepEqual(
    tokenize("1.2.3").map((t) => t.text),
    ["1.2", ".", "3"],
  );
});

test("names hold digits", () => {
  assert.deepEqual(tokenize("x10 y_2"), [
    { kind: "name", text: "x10" },
    { kind: "name", text: "y_2" },
  ]);
});

test("white space separates", () => {
  assert.deepEqual(
    tokenize(" 1 \n 2 ").map((t) => t.text),
    ["1", "2"],
  );
});

test("nothing has no tokens", () => {
  assert.deepEqual(tokenize(""), []);
});

test("an expression", () => {
  assert.deepEqual(
    tokenize("(3.0*rate)-20").map((t) => t.text),
    ["(", "3.0", "*", "rate", ")", "-", "20"],
  );
});
