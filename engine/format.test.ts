/** Golden values of format 1. If one of these changes, stores of users no longer open: make a new version instead. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_BYTES, RecordWriter } from "./journal/record.ts";
import { hashBlob } from "./object/hash.ts";
import { snapshotIdOf } from "./object/ids.ts";
import { levelOfKey } from "./tree/boundary.ts";
import { Tree } from "./tree/tree.ts";

const tree = (paths: Iterable<string>): Tree => {
  const made = new Tree(() => assert.fail("nothing is to be loaded"));
  for (const path of paths) made.put(path, hashBlob(Buffer.from(path)), 0, path.length);
  return made;
};

test("ids of states", () => {
  assert.deepEqual(
    {
      empty: snapshotIdOf(tree([]).rootHash()),
      one: snapshotIdOf(tree(["a"]).rootHash()),
      thousand: snapshotIdOf(
        tree(Array.from({ length: 1000 }, (_, i) => `dir-${i % 10}/file-${i}`)).rootHash(),
      ),
    },
    GOLDEN.ids,
  );
});

test("levels of keys", () => {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 8000; i++) counts[Math.min(3, levelOfKey(Buffer.from(`key ${i}`)))]!++;
  assert.deepEqual(counts, GOLDEN.levels);
});

test("an encoded leaf", () => {
  assert.equal(tree(["src/d.ts", "src/f.ts"]).freeze().encode().toString("hex"), GOLDEN.leaf);
});

test("an encoded record", () => {
  const writer = new RecordWriter();
  const head = {
    sequence: 300,
    parents: [299],
    timeMs: 1_700_000_000_000,
    ref: "main",
    author: "a",
    message: "m",
  };
  writer.begin({ ...head, changedPaths: 4, root: undefined, stored: false }, 4);
  writer.inline("src/a.ts", 1, Buffer.from("new"));
  writer.delta("src/b.ts", 0, 2, 3, Buffer.from("x"));
  writer.stored("src/é", 0, Buffer.alloc(32, 0xab), 1_000_000);
  writer.delete("z");
  assert.equal(writer.finish().subarray(FRAME_BYTES).toString("hex"), GOLDEN.record);
});

const GOLDEN = {
  ids: {
    empty: "blake3:762f086689d8a00b22a053c09e2b6e31ff3f3b675e6da9f9fb220905648bdbd2",
    one: "blake3:965523cb5aa627b1820a75956618efee44b6d8149d76898a6c262e02eeea8aab",
    thousand: "blake3:971c8a2e29c0f5f5d2383553acda43591d6f39641de11a578528e2148e57d597",
  },
  // Of 8,000 keys about 7,000 have level 0, 875 level 1, 109 level 2.
  levels: [7016, 857, 108, 19],
  leaf: "01000000020004007372632f04000800642e7473662e7473fb4f1af79ddc125f87a347e7637d53c118d4a521a382b1562f7a6be5890fc266000800000000001cb64ccce875707af578b053834c0f92ca14831b15ce959814e0ec09854130a800080000000000",
  record:
    "0100ac02010180d095ffbc31046d61696e0161016d04040900087372632f612e7473036e6577020404622e747302030178030402c3a9" +
    `${"ab".repeat(32)}c0843d0400017a`,
};
