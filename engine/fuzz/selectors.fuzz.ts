import assert from "node:assert/strict";
import { compileSelectors } from "../vst/selectors.ts";
import { type FuzzTarget, unlessRefused } from "./target.fuzz.ts";

const PATHS = [
  "a",
  "src/a.ts",
  "src/deep/er/b.test.ts",
  ".hidden/x",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
  "é/ü",
];

/** Lines are patterns. A list is refused or answers for every path, the same each time. */
export const selectorsTarget: FuzzTarget = {
  name: "selectors",
  generate: (random) =>
    Buffer.from(
      Array.from({ length: 1 + random.below(3) }, () =>
        random.pick([
          "src/**/*.ts", "!**/*.test.ts", "*", "**", "{a,b}/c", "[a-z]?", "dir/", "./x", "+(a|aa)+", "a\\*b", "!(x|y).ts",
          "@(a|b)", "{1..9}", "[[:alpha:]]",
        ]),
      ).join("\n"), // prettier-ignore
    ),
  check(input) {
    const patterns = input.toString("utf8").split("\n");
    const selector = unlessRefused(() => compileSelectors(patterns), ["PATTERN_INVALID"]);
    if (selector === undefined) return;
    for (const path of PATHS) {
      const answer = selector(path);
      assert.equal(typeof answer, "boolean");
      assert.equal(selector(path), answer, "the same question has two answers");
    }
  },
};
