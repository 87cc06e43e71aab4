/** Reads that hit L1 hand out the cached bytes themselves: the same object, whoever asks. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Helios } from "../helios.ts";
import { PERSISTENT_KINDS } from "./backends.ts";

const home = mkdtempSync(join(tmpdir(), "helios-zero-copy-"));
after(() => rmSync(home, { recursive: true, force: true }));

const content = Buffer.alloc(10_000, "no copy ");

/** A store with one content, opened anew so that it has to come from L2. */
async function reopened(l2: "rocksdb" | "lmdb", capacityBytes: number) {
  const root = mkdtempSync(join(home, "store-"));
  const first = await Helios.open({ root, l2 });
  const vst = first.vst();
  vst.write("a", content);
  vst.write("b", content);
  const { id } = vst.commit("one");
  first.setRef("main", "c1", undefined);
  await first.checkpoint();
  await first.close();
  return { id, helios: await Helios.open({ root, l1: { capacityBytes } }) };
}

for (const l2 of PERSISTENT_KINDS) {
  test(`${l2}: the second read, and the read of an equal file, are the bytes of the first`, async () => {
    const { id, helios } = await reopened(l2, 2 ** 20);
    const first = helios.read(id, "a")!;
    assert.ok(content.equals(first));
    assert.equal(helios.read(id, "a"), first);
    assert.equal(helios.read(id, "b"), first);
    assert.equal(helios.checkout(id).read("a"), first);
    await helios.close();
  });

  test(`${l2}: with L1 off everything is read again, and is the same`, async () => {
    const { id, helios } = await reopened(l2, 0);
    const first = helios.read(id, "a")!;
    const second = helios.read(id, "a")!;
    assert.notEqual(first, second);
    assert.ok(content.equals(first) && content.equals(second));
    assert.equal(helios.stats().l1.items, 0);
    assert.equal(helios.stats().lazy_restore_promotions, 0);
    await helios.close();
  });
}
