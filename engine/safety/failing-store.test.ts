/** An object store that refuses or tears writes while it is being checkpointed: the journal is the truth, so nothing is lost. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Core } from "../core.ts";
import { HeliosError } from "../errors.ts";
import { FileJournal } from "../journal/journal.ts";
import { SeededRandom } from "../seeded-random.ts";
import { atRandom, FaultyStore, type FaultPlan } from "../store/faulty-store.ts";
import { L1Cache } from "../store/l1-cache.ts";
import { readMark } from "../store/l2-writer.ts";
import { MemoryStore } from "../store/memory-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { baseOf, resolveSequence, snapshotIdOfCommit } from "../vst/states.ts";
import { Vst } from "../vst/vst.ts";

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? "nothing").toString();

function open(directory: string, l2: ObjectStore): Core {
  const mark = readMark(l2);
  const journal = FileJournal.open({ directory, syncEachAppend: false, checkpoint: mark.position });
  return new Core({
    l1: new L1Cache(0),
    l2,
    journal,
    mark,
    durability: "process",
    role: "writer",
    checkpointCommits: 8,
  });
}

/** A step may be refused by name, and by nothing else. */
function refusable(step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    assert.ok(error instanceof HeliosError, String(error));
    assert.ok(error.code === "DISK_FULL" || error.code === "STORE_FAILED", error.code);
    return false;
  }
}

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`seed ${seed}: what was acknowledged is there, whatever the object store refused`, () => {
    const directory = mkdtempSync(join(tmpdir(), "helios-failing-store-"));
    const inner = new MemoryStore();
    const random = new SeededRandom(seed);
    const faults: FaultPlan = atRandom(
      seed,
      0.25,
      ["write"],
      [
        { kind: "refuse", errno: "EIO" },
        { kind: "refuse", errno: "ENOSPC" },
        { kind: "tear", afterWrites: 1 },
        { kind: "tear", afterWrites: 5 },
      ],
    );
    let core = open(directory, new FaultyStore(inner, faults));
    const acknowledged = new Map<string, Map<string, string>>();
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      const from = random.chance(0.3) ? random.pick([...acknowledged.keys(), "main"]) : "main";
      const vst = new Vst(core, baseOf(core, from));
      const files = new Map(vst.list().map(({ path }) => [path, text(vst.read(path))]));
      const path = `p${random.below(6)}`;
      const content = random.chance(0.05) ? `${i}`.repeat(100_000) : `content ${i} `.repeat(random.below(30));
      vst.write(path, content);
      files.set(path, content);
      if (!refusable(() => void acknowledged.set(vst.commit().commit, files))) refused++;
      if (random.chance(0.1) && !refusable(() => core.checkpoint())) refused++;
      if (!random.chance(0.03)) continue;
      core = open(directory, new FaultyStore(inner, faults));
    }
    assert.ok(refused > 5, `only ${refused} refusals`);
    const last = open(directory, inner);
    last.checkpoint();
    for (const [commit, files] of acknowledged) {
      const sequence = resolveSequence(last, commit);
      const vst = new Vst(last, baseOf(last, commit));
      assert.deepEqual(new Map(vst.list().map(({ path }) => [path, text(vst.read(path))])), files, commit);
      assert.equal(resolveSequence(last, snapshotIdOfCommit(last, sequence)) > 0, true);
    }
    rmSync(directory, { recursive: true, force: true });
  });
