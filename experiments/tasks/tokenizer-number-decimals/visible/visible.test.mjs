import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenize } from "./tokenizer.ts";

test("decimals belong to the number", () => {
  assert.deepEqual(tokenize("1.5"), [{ kind: "number", text: "1.5" }]);
});

test("zeros are digits", () => {
  assert.deepEqual(
    tokenize("100").map((t) => t.text),
    ["100"],
  );
});

test("operators stand alone", () => {
  assert.deepEqual(
    tokenize("a+b").map((t) => t.kind),
    ["name", "operator", "name"],
  );
});
