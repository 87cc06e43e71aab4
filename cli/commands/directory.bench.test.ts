import assert from "node:assert/strict";
import { test } from "node:test";
import { directoryBenchTable, runDirectoryBench } from "./directory.bench.ts";

test("the directory bench does the same work every time and times all of it", async () => {
  const result = await runDirectoryBench({ files: 120, pairs: 1 });
  assert.equal(result.checksum, "blake3:28912ce34760c9db2c605f5ae22432a975cbd309304eb4878a95f2dbca1a0161");
  assert.equal(result.rows.length, 6);
  for (const row of result.rows) assert.ok(row.heliosMs > 0 && row.otherMs > 0 && row.ratio > 0, row.what);
  assert.equal(directoryBenchTable(result).split("\n").length, result.rows.length + 2);
});
