/** A forest that is damaged anywhere is not sound, and the damage is named; a sound one is, wherever its parts are. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  contentHash,
  type ForestVerifyReport,
  Helios,
  HeliosError,
  scanDirectory,
  type SnapshotId,
} from "../index.ts";
import { hashOfSnapshotId } from "../object/ids.ts";
import { readFormat } from "../store/format.ts";
import type { ObjectStore, Space } from "../store/object-store.ts";
import { openL2 } from "../store/open-l2.ts";
import { encodeTree, treePath } from "./catalogue.ts";

const FILES = 3000;
let home = "";
let made: { readonly root: string; readonly id: SnapshotId; readonly trees: ReadonlyMap<string, SnapshotId> };

before(async () => {
  home = mkdtempSync(join(tmpdir(), "helios-forest-verify-"));
  const work = join(home, "work");
  for (let i = 0; i < FILES; i++) {
    if (i < 20) mkdirSync(join(work, `dir${i % 4}`, `m${i % 20}`), { recursive: true });
    writeFileSync(join(work, `dir${i % 4}`, `m${i % 20}`, `f${i}`), `file ${i}`);
  }
  const root = join(home, "store");
  const helios = await Helios.open({ root });
  const forest = helios.forest("main");
  // Nodes and contents of this import are in the object store.
  await scanDirectory({ root }, forest, work, { threads: 2 });
  forest.commit("imported");
  // Of these two commits all but the catalogue is in the journal only.
  forest.write("dir0/later", "in the journal");
  forest.write("dir9/new", "in the journal, too");
  forest.commit("small");
  forest.write("dir1/m1/f1", "changed");
  const { id, trees } = forest.commit("smaller");
  await helios.checkpoint();
  await helios.close();
  made = { root, id, trees };
});
after(() => rmSync(home, { recursive: true, force: true }));

async function verified(root: string, options = {}): Promise<ForestVerifyReport> {
  const helios = await Helios.open({ root, readOnly: true });
  try {
    return await helios.forest("main").verify(options);
  } finally {
    await helios.close();
  }
}

let copies = 0;
async function damaged(change: (l2: ObjectStore) => void): Promise<string> {
  const root = join(home, `copy-${++copies}`);
  cpSync(made.root, root, { recursive: true });
  const l2 = await openL2(root, readFormat(root)!);
  change(l2);
  await l2.close();
  return root;
}

function flipIn(space: Space, key: Buffer): (l2: ObjectStore) => void {
  return (l2) => {
    const value = Buffer.from(l2.get(space, key)!);
    value[value.length - 1]! ^= 1;
    l2.write([{ kind: "put", space, key, value }]);
  };
}

test("a sound forest is sound, with threads and without, and all of it is looked at", async () => {
  const alone = await verified(made.root, { threads: 0 });
  assert.deepEqual(alone.damages, []);
  assert.ok(alone.sound);
  assert.equal(alone.forest, made.id);
  assert.deepEqual(
    alone.trees.map(({ name, snapshot }) => [name, snapshot]),
    [...made.trees],
  );
  assert.deepEqual(
    alone.trees.map(({ paths }) => paths),
    [751, 750, 750, 750, 1],
  );
  assert.equal(alone.catalogue.paths, 6);
  assert.equal(
    alone.trees.reduce((sum, { contents }) => sum + contents, 0),
    FILES + 2,
  );
  let done = 0;
  const shared = await verified(made.root, { threads: 2, onProgress: (paths: number) => (done = paths) });
  const withoutShares = ({ trees, ...rest }: ForestVerifyReport) => ({
    ...rest,
    trees: trees.map(({ name, paths, nodes, contents }) => [name, paths, nodes, contents]),
  });
  assert.deepEqual(withoutShares(shared), withoutShares(alone));
  assert.ok(done > FILES - 20, "what is in memory is not counted as progress");
});

test("a single flipped bit of a content or a node is found and named", async () => {
  const content = Buffer.from(contentHash(Buffer.from("file 7")), "hex");
  const inContent = await damaged(flipIn("blobs", content));
  for (const threads of [0, 2]) {
    const report = await verified(inContent, { threads });
    assert.equal(report.sound, false);
    assert.deepEqual(
      report.damages.map(({ tree, kind, where, code }) => [tree, kind, where, code]),
      [["dir3", "content", content.toString("hex"), "OBJECT_CORRUPT"]],
    );
    assert.deepEqual(
      report.trees.map(({ damageCount }) => damageCount),
      [0, 0, 0, 1, 0],
    );
  }
  const root = hashOfSnapshotId(made.trees.get("dir2")!);
  const report = await verified(await damaged(flipIn("nodes", root)), { threads: 2 });
  assert.equal(report.damages[0]?.tree, "dir2");
  assert.equal(report.damages[0]?.where, root.toString("hex"));
  assert.deepEqual(
    report.trees.map(({ damageCount }) => damageCount > 0),
    [false, false, true, false, false],
  );
});

test("what is missing is found and named", async () => {
  const content = Buffer.from(contentHash(Buffer.from("file 8")), "hex");
  const report = await verified(
    await damaged((l2) => l2.write([{ kind: "delete", space: "blobs", key: content }])),
    { threads: 2 },
  );
  assert.deepEqual(
    report.damages.map(({ tree, where, code }) => [tree, where, code]),
    [["dir0", content.toString("hex"), "OBJECT_MISSING"]],
  );
});

test("a path in the wrong tree, a wrong count and a tree that the store lacks are found", async () => {
  const helios = await Helios.open({ root: "", l2: "memory" });
  const honest = helios.forest("main");
  for (const path of ["a/1", "b/1", "c/1"]) honest.write(path, path);
  honest.commit();
  const stray = helios.vst();
  for (const path of ["a/1", "z/hidden"]) stray.write(path, path);
  const { id: snapshot } = stray.commit();
  const catalogue = helios.checkout("main");
  catalogue.write(treePath("a"), encodeTree({ snapshot, entries: 2 }));
  catalogue.write(
    treePath("b"),
    encodeTree({ snapshot: helios.forest("main").tree("b").identify()!, entries: 3 }),
  );
  const absent = `blake3:${"00".repeat(32)}` as SnapshotId;
  catalogue.write(treePath("c"), encodeTree({ snapshot: absent, entries: 1 }));
  catalogue.commit();
  const report = await helios.forest("main").verify();
  assert.deepEqual(
    report.damages.map(({ tree, kind, where, code }) => [tree, kind, where, code]),
    [
      ["a", "path", "z/hidden", "FOREST_INVALID"],
      ["b", "path", 'tree "b"', "FOREST_INVALID"],
      ["c", "node", "00".repeat(32), "FOREST_INVALID"],
    ],
  );
  const empty = await helios.forest().verify();
  assert.deepEqual([empty.sound, empty.trees, empty.catalogue.paths], [true, [], 0]);
  await helios.close();
});

test("a signal ends a verification", async () => {
  const controller = new AbortController();
  const reason = new HeliosError("ABORTED", "enough", "Go on.");
  for (const threads of [0, 2])
    await assert.rejects(
      verified(made.root, { threads, signal: controller.signal, onProgress: () => controller.abort(reason) }),
      (error) => error === reason,
    );
});
