import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HeliosError } from "../errors.ts";
import { compileSelectors } from "./selectors.ts";

function selected(patterns: string[], paths: string[]): string[] {
  return paths.filter(compileSelectors(patterns));
}

test("no patterns select everything", () => {
  assert.deepEqual(selected([], ["a", ".b", "c/d"]), ["a", ".b", "c/d"]);
});

test("a star stays within a segment, two cross them", () => {
  const paths = ["a.ts", "src/a.ts", "src/deep/a.ts", "src/deep/a.js"];
  assert.deepEqual(selected(["*.ts"], paths), ["a.ts"]);
  assert.deepEqual(selected(["src/*.ts"], paths), ["src/a.ts"]);
  assert.deepEqual(selected(["src/**/*.ts"], paths), ["src/a.ts", "src/deep/a.ts"]);
  assert.deepEqual(selected(["**"], paths), paths);
});

test("names that start with a dot match like any other", () => {
  assert.deepEqual(selected(["*"], [".env", "a"]), [".env", "a"]);
  assert.deepEqual(selected(["**/*.yml"], [".github/workflows/ci.yml"]), [".github/workflows/ci.yml"]);
});

test("the last pattern that matches decides", () => {
  const paths = ["src/a.ts", "src/a.test.ts", "src/keep.test.ts"];
  assert.deepEqual(selected(["src/**/*.ts", "!**/*.test.ts"], paths), ["src/a.ts"]);
  assert.deepEqual(selected(["src/**/*.ts", "!**/*.test.ts", "src/keep.test.ts"], paths), [
    "src/a.ts",
    "src/keep.test.ts",
  ]);
  assert.deepEqual(selected(["!**/*.test.ts", "src/**/*.ts"], paths), paths);
});

test("a list that starts with a negation starts from everything", () => {
  assert.deepEqual(selected(["!**/*.log"], ["a", "x/b.log", "b.log"]), ["a"]);
});

test("a plain name means the file, or the directory and all below it, but no longer name", () => {
  const paths = ["src", "src/a", "src/b/c", "src2/a", "srcs"];
  assert.deepEqual(selected(["src"], paths), ["src", "src/a", "src/b/c"]);
  assert.deepEqual(selected(["src/"], paths), ["src/a", "src/b/c"]);
  assert.deepEqual(selected(["./src/b"], paths), ["src/b/c"]);
});

test("alternatives, classes and escaped characters work", () => {
  assert.deepEqual(selected(["*.{ts,js}"], ["a.ts", "a.js", "a.md"]), ["a.ts", "a.js"]);
  assert.deepEqual(selected(["[ab].ts"], ["a.ts", "c.ts"]), ["a.ts"]);
  assert.deepEqual(selected(["\\[x\\].ts"], ["[x].ts", "x.ts"]), ["[x].ts"]);
});

test("case matters, and letters beyond ASCII match", () => {
  assert.deepEqual(selected(["SRC/*"], ["src/a", "SRC/a"]), ["SRC/a"]);
  assert.deepEqual(selected(["größe/*"], ["größe/ä"]), ["größe/ä"]);
});

for (const pattern of [
  "",
  "!",
  "/etc/*",
  "../x",
  "a/../b",
  "src/[a",
  "src/{a",
  "a\0b",
  "+(a)",
  "{1..9999}",
  "a\\",
]) {
  test(`${JSON.stringify(pattern)} is refused by name`, () => {
    assert.throws(
      () => compileSelectors([pattern]),
      (error) =>
        error instanceof HeliosError &&
        error.code === "PATTERN_INVALID" &&
        error.message.includes(JSON.stringify(pattern)),
    );
  });
}

test("any pattern list either compiles to a total function or is refused with PATTERN_INVALID", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 4 }), fc.string(), (patterns, path) => {
      try {
        assert.equal(typeof compileSelectors(patterns)(path), "boolean");
      } catch (error) {
        assert.ok(error instanceof HeliosError, String(error));
        assert.equal(error.code, "PATTERN_INVALID");
      }
    }),
  );
});
