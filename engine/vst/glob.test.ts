import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileGlob, GlobError } from "./glob.ts";

const matching = (pattern: string, paths: string[]) => paths.filter(compileGlob(pattern));

test("a star stands for anything in a segment, nothing included; a question mark for one character", () => {
  assert.deepEqual(matching("a*c", ["ac", "abc", "abbc", "a/c", "abcd"]), ["ac", "abc", "abbc"]);
  assert.deepEqual(matching("*a*b*", ["ab", "xaxbx", "ba", "aab"]), ["ab", "xaxbx", "aab"]);
  assert.deepEqual(matching("?", ["a", "ab", "\u{1f600}", "é"]), ["a", "\u{1f600}", "é"]);
});

test("two stars stand for any number of segments, none included, and for one star elsewhere", () => {
  const paths = ["a", "a/b", "a/x/b", "a/x/y/b", "b", "x/a/b"];
  assert.deepEqual(matching("a/**/b", paths), ["a/b", "a/x/b", "a/x/y/b"]);
  assert.deepEqual(matching("**/b", paths), ["a/b", "a/x/b", "a/x/y/b", "b", "x/a/b"]);
  assert.deepEqual(matching("a/**", paths), ["a", "a/b", "a/x/b", "a/x/y/b"]);
  assert.deepEqual(matching("**/a/**/b", ["a/b", "x/a/y/b", "x/b"]), ["a/b", "x/a/y/b"]);
  assert.deepEqual(matching("a**b", ["ab", "axb", "a/b"]), ["ab", "axb"]);
});

test("sets hold characters and ranges, may be negated, and a bracket or dash may be in them", () => {
  assert.deepEqual(matching("[a-c]", ["a", "c", "d", "-"]), ["a", "c"]);
  assert.deepEqual(matching("[!a-c]", ["a", "d"]), ["d"]);
  assert.deepEqual(matching("[^a]", ["a", "d"]), ["d"]);
  assert.deepEqual(matching("[]a]", ["]", "a", "b"]), ["]", "a"]);
  assert.deepEqual(matching("[a\\-c-]", ["a", "b", "c", "-"]), ["a", "c", "-"]);
  assert.deepEqual(matching("[ä-ü]", ["ö", "o"]), ["ö"]);
});

test("braces are alternatives, also in each other and with slashes in them, and ranges", () => {
  assert.deepEqual(matching("{src,lib/{x,y}}/*.{ts,js}", ["src/a.ts", "lib/x/a.js", "lib/a.ts"]), [
    "src/a.ts",
    "lib/x/a.js",
  ]);
  assert.deepEqual(matching("v{8..11}", ["v8", "v10", "v11", "v12"]), ["v8", "v10", "v11"]);
  assert.deepEqual(matching("{c..a}", ["a", "c", "d"]), ["a", "c"]);
  assert.deepEqual(matching("a{,b}", ["a", "ab"]), ["a", "ab"]);
});

test("a backslash makes the next character literal; parentheses are", () => {
  assert.deepEqual(matching("\\*\\{a\\}", ["*{a}", "x{a}"]), ["*{a}"]);
  assert.deepEqual(matching("app/(shop)/*", ["app/(shop)/page", "app/shop/page"]), ["app/(shop)/page"]);
});

for (const pattern of [
  "a]",
  "[",
  "[a/b]",
  "}",
  "{{a}",
  "@(a|b)",
  "[z-a]",
  "\\",
  "{a,b}".repeat(11),
  "{".repeat(9) + "}".repeat(9),
])
  test(`${JSON.stringify(pattern)} is none`, () => assert.throws(() => compileGlob(pattern), GlobError));

test("a pattern with its stars and marks escaped matches itself and nothing else", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (text, other) => {
      const escaped = text.replace(/[\\*?[\]{}]|[+@!](?=\()/g, "\\$&");
      const matches = compileGlob(escaped);
      assert.ok(matches(text));
      assert.equal(matches(other), other === text);
    }),
  );
});

test("stars agree with a regular expression on short texts", () => {
  const text = fc.array(fc.constantFrom("a", "b", "/"), { maxLength: 8 }).map((all) => all.join(""));
  const pattern = fc
    .array(fc.constantFrom("a", "b", "*", "?", "/"), { maxLength: 8 })
    .map((all) => all.join(""));
  fc.assert(
    fc.property(
      pattern.filter((each) => !each.includes("**")),
      text,
      (glob, path) => {
        const expression = new RegExp(`^${glob.replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}$`);
        assert.equal(compileGlob(glob)(path), expression.test(path));
      },
    ),
    { numRuns: 2000 },
  );
});

test("many stars against a long name take no time worth telling", () => {
  assert.equal(compileGlob(`${"*a".repeat(200)}b`)("a".repeat(4000)), false);
  assert.equal(compileGlob(`${"**/a/".repeat(100)}b`)(`${"a/".repeat(2000)}c`), false);
});
