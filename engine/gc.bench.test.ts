import assert from "node:assert/strict";
import { test } from "node:test";
import { runGcBench } from "./gc.bench.ts";

test("a collection drops every fork of a search, keeps its line, and frees the journal", async () => {
  const result = await runGcBench({ entries: 300, keptCommits: 20, droppedForks: 400 });
  assert.deepEqual(result.commits, { kept: 21, dropped: 400 });
  assert.equal(result.objects.places.rows, 400);
  assert.equal(result.objects.snapshots.rows, 400);
  assert.ok(result.journal.afterBytes < result.journal.beforeBytes / 4, JSON.stringify(result.journal));
  assert.equal(result.sound, true);
});
