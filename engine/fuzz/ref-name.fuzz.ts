import assert from "node:assert/strict";
import { join } from "node:path";
import { parseCommitId, parseSnapshotId } from "../object/ids.ts";
import { assertRefName } from "../vst/ref-name.ts";
import { type FuzzTarget, unlessRefused } from "./target.fuzz.ts";

/** The names people type: a ref is no commit id and no snapshot id, so that each name says what it names. */
export const refNameTarget: FuzzTarget = {
  name: "ref-name",
  generate: (random) =>
    Buffer.from(
      random.pick([
        "main",
        "search/branch-7",
        "c12",
        "c",
        "v1.0.x",
        "a/b/c/d",
        `blake3:${"0f".repeat(32)}`,
        "0f0f",
      ]),
    ),
  check(input) {
    const name = input.toString("utf8");
    const isRef = unlessRefused(() => (assertRefName(name), true), ["REF_INVALID"]) ?? false;
    const isSnapshot = unlessRefused(() => (parseSnapshotId(name), true), ["SNAPSHOT_ID_INVALID"]) ?? false;
    const sequence = parseCommitId(name);
    if (sequence !== undefined) assert.equal(`c${sequence}`, name);
    assert.ok(
      [isRef, isSnapshot, sequence !== undefined].filter(Boolean).length <= 1,
      "a name of two things",
    );
    if (!isRef) return;
    assert.equal(join("/refs", name), `/refs/${name}`);
    assert.ok(Buffer.byteLength(name) <= 200);
  },
};
