import assert from "node:assert/strict";
import { test } from "node:test";
import { render } from "./template.mjs";

test("values are escaped", () => {
  assert.deepEqual(render("{{a}}", { a: "<b>" }), "&lt;b&gt;");
});

test("paths go into objects", () => {
  assert.deepEqual(render("Hi {{user.name}}!", { user: { name: "Kim" } }), "Hi Kim!");
});

test("three braces leave the value", () => {
  assert.deepEqual(render("{{{a}}}", { a: "<b>" }), "<b>");
});
