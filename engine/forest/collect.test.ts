/** A collection keeps what a forest needs: every tree that a kept catalogue names, whatever line it was recorded on. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { collectGarbage, Helios, HeliosError, scanDirectory, verifyStore } from "../index.ts";

test("forests that a ref names survive a collection whole, others go, and work goes on", async () => {
  const home = mkdtempSync(join(tmpdir(), "helios-forest-collect-"));
  try {
    const root = join(home, "store");
    const work = join(home, "work");
    for (let i = 0; i < 200; i++) {
      if (i < 10) mkdirSync(join(work, `dir${i}`), { recursive: true });
      writeFileSync(join(work, `dir${i % 10}`, `f${i}`), `file ${i}`);
    }
    let helios = await Helios.open({ root });
    const forest = helios.forest("main");
    await scanDirectory({ root }, forest, work, { threads: 2 });
    const imported = forest.commit("imported", { timeMs: 1 });
    const dropped = forest.fork();
    dropped.write("dir1/f1", "only in the fork");
    dropped.write("dir2/f2", "in the fork first");
    const gone = dropped.commit("dropped", { timeMs: 2 });
    // The same tree as in the fork, which is where it may be found first.
    forest.write("dir2/f2", "in the fork first");
    forest.write("dir3/f3", "changed");
    forest.commit("kept", { timeMs: 3 });
    const other = helios.forest("main");
    other.write("dir4/f4", "on top of a tree that was read again");
    const kept = other.commit("kept, too", { timeMs: 4 });
    await helios.close();

    const { commits } = await collectGarbage({ root, graceMs: 0, nowMs: 1_000_000 });
    assert.deepEqual(commits, { kept: 17, dropped: 3 }, "the fork's two trees and its catalogue went");
    helios = await Helios.open({ root });
    const after = helios.forest("main");
    assert.equal(after.identify(), kept.id);
    assert.ok((await after.verify()).sound);
    assert.equal(after.read("dir2/f2")?.toString(), "in the fork first");
    assert.equal(helios.forest(imported.id).read("dir2/f2")?.toString(), "file 2");
    assert.throws(
      () => helios.forest(gone.id),
      (error) => error instanceof HeliosError && error.code === "SNAPSHOT_UNKNOWN",
    );
    after.write("dir1/f1", "again");
    after.commit();
    await helios.close();
    const report = await verifyStore({ root, threads: 0 });
    assert.ok(report.mode === "full" && report.sound, JSON.stringify(report.damages));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
