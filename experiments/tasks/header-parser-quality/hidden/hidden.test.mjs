import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAccept, negotiate } from "./accept-header.mjs";

test("the first of equals wins", () => {
  assert.deepEqual(negotiate("de, en", ["en", "de"]), "en");
});

test("a language accepts its regions", () => {
  assert.deepEqual(negotiate("de", ["de-at"]), "de-at");
  assert.deepEqual(negotiate("de", ["den"]), undefined);
});

test("a weight of none refuses", () => {
  assert.deepEqual(negotiate("*, en;q=0", ["en", "fr"]), "fr");
});

test("the region beats the language", () => {
  assert.deepEqual(negotiate("en;q=0.9, en-us;q=0.2, fr;q=0.5", ["en-us", "fr"]), "fr");
});

test("an empty header accepts nothing", () => {
  assert.deepEqual(negotiate("", ["en"]), undefined);
});

test("case does not matter", () => {
  assert.deepEqual(negotiate("EN-us", ["en-US"]), "en-US");
});

test("weights are read", () => {
  assert.deepEqual(parseAccept("a;q=0.5,b , c;x=1;q=0"), [
    { name: "a", weight: 0.5 },
    { name: "b", weight: 1 },
    { name: "c", weight: 0 },
  ]);
});
