import assert from "node:assert/strict";
import { IgnoreRules } from "../vst/ignore-files.ts";
import type { FuzzTarget } from "./target.fuzz.ts";

const PATHS = [
  "a",
  "src/a.log",
  "src/deep/er/b",
  "node_modules/x/y",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
  "é/ü",
];

/** An ignore file holds anything and is never refused: as in git, a line that means nothing matches nothing. */
export const ignoreFilesTarget: FuzzTarget = {
  name: "ignore-files",
  generate: (random) =>
    Buffer.from(
      Array.from({ length: 1 + random.below(6) }, () =>
        random.pick([
          "*.log", "/build", "node_modules/", "!keep.log", "# comment", "a/**/b", "\\!x", "x\\ ", "[ab]?", "**/", "é*",
          "a[", "\\", "***", "/**/",
        ]),
      ).join(random.pick(["\n", "\r\n"])), // prettier-ignore
    ),
  check(input) {
    const content = input.toString("utf8");
    for (const directory of ["", "src", "a [b]/c*"]) {
      const rules = IgnoreRules.none.with(directory, content);
      for (const path of PATHS) {
        const answer = rules.ignores(path, false);
        assert.equal(typeof answer, "boolean");
        assert.equal(rules.ignores(path, false), answer);
        rules.ignores(path, true);
      }
      assert.ok(Number.isSafeInteger(rules.fingerprint));
    }
  },
};
