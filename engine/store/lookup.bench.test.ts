import assert from "node:assert/strict";
import { test } from "node:test";
import { benchLookups } from "./lookup.bench.ts";

test("the lookup bench finds what is there and misses what is not, in every backend", async () => {
  const rows = await benchLookups(300);
  assert.deepEqual(
    rows.map(({ store }) => store.split(",")[0]),
    ["rocksdb", "rocksdb", "lmdb", "lmdb"],
  );
  for (const { hitUs, missUs } of rows) assert.ok(hitUs > 0 && missUs > 0);
});
