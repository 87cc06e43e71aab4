import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { slug } from "../src/slug.mjs";

test("words are joined by single hyphens", () => {
  assert.equal(slug("  Virtual -- State, Tree! "), "virtual-state-tree");
});

test("letters beyond ASCII stay", () => {
  const titles = readFileSync(new URL("../docs/überschriften.txt", import.meta.url), "utf8")
    .trim()
    .split("\n");
  assert.deepEqual(titles.map(slug), ["große-bäume", "дерево-состояний", "状態木-3"]);
});
