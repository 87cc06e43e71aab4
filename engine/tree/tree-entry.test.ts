import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { comparePaths } from "./tree-entry.ts";

test("paths are compared as the bytes of their UTF-8", () => {
  const character = fc.constantFrom(
    "a",
    "b",
    "/",
    "\u007f",
    "\u00e9",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "\u{10000}",
    "\u{10ffff}",
  );
  const text = fc.array(character, { maxLength: 6 }).map((characters) => characters.join(""));
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(comparePaths(a, b)), Buffer.from(a).compare(Buffer.from(b)));
    }),
  );
});
