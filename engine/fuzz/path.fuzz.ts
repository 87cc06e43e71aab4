import assert from "node:assert/strict";
import { join, sep } from "node:path";
import { assertPath, PATH_MAX_BYTES } from "../tree/path.ts";
import { type FuzzTarget, unlessRefused } from "./target.fuzz.ts";

/** A path that is let through stays below every directory, and its bytes are the path again. */
export const pathTarget: FuzzTarget = {
  name: "path",
  generate: (random) =>
    Buffer.from(
      Array.from({ length: 1 + random.below(5) }, () =>
        random.pick(["src", "a", ".hidden", "...", "name with blanks", "é", "\u{1f600}", "a".repeat(300)]),
      ).join("/"),
    ),
  check(input) {
    const path = input.toString("utf8");
    const accepted = unlessRefused(() => (assertPath(path), true), ["PATH_INVALID"]);
    // The same text with what UTF-8 cannot say: half a character.
    unlessRefused(() => assertPath(`${path}\ud800`), ["PATH_INVALID"]);
    if (accepted === undefined) return;
    assert.equal(Buffer.from(path).toString(), path);
    assert.ok(Buffer.byteLength(path) <= PATH_MAX_BYTES);
    assert.equal(join(`${sep}out`, path), `${sep}out${sep}${path}`, "a path leads somewhere else");
  },
};
