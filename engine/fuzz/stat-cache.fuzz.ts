import assert from "node:assert/strict";
import { writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hashBlob } from "../object/hash.ts";
import { HEADER, StatCache } from "../vst/directory/stat-cache.ts";
import { loadStatCache, replaceStatCache, stateOf } from "../vst/directory/stat-cache-file.ts";
import { scratchDirectory } from "./scratch.fuzz.ts";
import type { FuzzTarget } from "./target.fuzz.ts";

/**
 * A stat cache is trusted or not, and never in the way: whatever is in the file, loading it does not throw, and what is
 * trusted can be read to its end.
 */
export const statCacheTarget: FuzzTarget = {
  name: "stat-cache",
  generate(random) {
    const names = Array.from(
      { length: random.below(5) },
      (_, i) => `${random.pick(["a", "é", "with blanks"])}-${i}`,
    );
    const nameBytes = Buffer.byteLength(names.join(""));
    const cache = StatCache.allocate({ directories: 2, files: names.length, nameBytes, pathBytes: 3 });
    cache.directories.firstFile.set([0, 0, names.length]);
    cache.directories.firstDirectory.set([1, 2, 2]);
    cache.directories.pathStart.set([0, 0, cache.writePath(0, "dir")]);
    let at = 0;
    for (const [i, name] of names.entries()) {
      cache.files.nameStart[i] = at;
      at += cache.writeName(at, name);
      const stat = {
        size: random.u32(),
        mtimeMs: random.u32(),
        ctimeMs: random.u32(),
        ino: i,
        mode: 0o100644,
      };
      cache.setFile(i, stat, random.bytes(32));
    }
    cache.files.nameStart[names.length] = at;
    const file = join(scratchDirectory("stat-cache-made"), "cache");
    replaceStatCache(file, cache, {
      beganMs: 0,
      policy: 1,
      state: random.chance(0.3) ? random.bytes(32) : undefined,
    });
    const bytes = readFileSync(file);
    assert.ok(loadStatCache(file) !== undefined, "a sound cache is trusted");
    return bytes;
  },
  repair(input) {
    if (input.length < HEADER.bytes) return input;
    const copy = Buffer.from(input);
    const head = hashBlob(copy.subarray(0, HEADER.check));
    const body = hashBlob(copy.subarray(HEADER.bytes));
    copy.set(hashBlob(Buffer.concat([head, body])), HEADER.check);
    return copy;
  },
  check(input) {
    const file = join(scratchDirectory("stat-cache"), "cache");
    writeFileSync(file, input);
    const cache = loadStatCache(file);
    if (cache === undefined) return;
    stateOf(cache);
    for (let directory = 0; directory < cache.directoryCount; directory++) cache.directoryPath(directory);
    for (let i = 0; i < cache.fileCount; i++) {
      assert.equal(typeof cache.pathOf(i), "string");
      assert.equal(cache.hashOf(i).length, 32);
      cache.isUnchanged(i, { size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0, mode: 0 });
    }
  },
};
