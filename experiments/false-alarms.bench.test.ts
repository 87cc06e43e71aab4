import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { measureFalseAlarms, small } from "./false-alarms.bench.ts";

test("the small setting of the false-alarm benchmark compares what it says", async () => {
  const directory = mkdtempSync(join(tmpdir(), "helios-false-alarms-"));
  try {
    const found = await measureFalseAlarms(small, directory);
    // Two runs decide nothing, so nothing is flagged and nothing is found.
    assert.deepEqual([found.comparisons, found.falseAlarms, found.found], [1, 0, 0]);
    assert.ok(found.largestRatio >= 1);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
