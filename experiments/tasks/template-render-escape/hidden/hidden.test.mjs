import assert from "node:assert/strict";
import { test } from "node:test";
import { render } from "./template.mjs";

test("every special character is escaped", () => {
  assert.deepEqual(render("{{ a }}", { a: `"&'<>` }), "&quot;&amp;&#39;&lt;&gt;");
});

test("a deep path", () => {
  assert.deepEqual(render("{{a.b.c}}", { a: { b: { c: 3 } }, c: 9 }), "3");
});

test("missing values are empty", () => {
  assert.deepEqual(render("[{{a}}{{b.c.d}}]", { b: {} }), "[]");
});

test("null is empty and zero is not", () => {
  assert.deepEqual(render("{{a}}{{b}}", { a: null, b: 0 }), "0");
});

test("several on a line", () => {
  assert.deepEqual(render("{{a}}-{{b}}-{{a}}", { a: 1, b: "&" }), "1-&amp;-1");
});

test("raw and deep", () => {
  assert.deepEqual(render("{{{a.b}}}", { a: { b: "<i>" } }), "<i>");
});

test("values are not rendered again", () => {
  assert.deepEqual(render("{{a}}", { a: "{{b}}", b: "x" }), "{{b}}");
});
