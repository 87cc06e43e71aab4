import assert from "node:assert/strict";
import { test } from "node:test";
import { slugify, uniqueSlug } from "./slugify.mjs";

test("punctuation is one hyphen", () => {
  assert.deepEqual(slugify("C++ & Rust: a -- comparison"), "c-rust-a-comparison");
});

test("accents go away", () => {
  assert.deepEqual(slugify("Élan Vital"), "elan-vital");
});

test("nothing left is empty", () => {
  assert.deepEqual(slugify("?!"), "");
  assert.deepEqual(slugify(""), "");
});

test("the limit cuts between words", () => {
  assert.deepEqual(slugify("alpha beta gamma", 11), "alpha-beta");
});

test("a long first word is cut", () => {
  assert.deepEqual(slugify("Extraordinary", 5), "extra");
});

test("taken slugs get a number", () => {
  assert.deepEqual(uniqueSlug("A B", new Set(["a-b", "a-b-2"])), "a-b-3");
});

test("digits stay", () => {
  assert.deepEqual(slugify("  Top 10  "), "top-10");
});
