import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import fc from "fast-check";
import { channels, type CheckpointEvent, Helios, type SnapshotId } from "../index.ts";

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "helios-checkpoint-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

// The main thread stands in for a thread that fails, so a failure would not show in what can be read back.
const failures: unknown[] = [];
channels.checkpoint.subscribe((event) => {
  const { failure } = event as CheckpointEvent;
  if (failure !== undefined) failures.push(failure);
});
afterEach(() => assert.deepEqual(failures, []));

/** What a commit must give back whatever has been checkpointed since. */
interface Expected {
  readonly commit: string;
  readonly id: string;
  readonly files: ReadonlyMap<string, string>;
}

function assertStates(helios: Helios, expected: readonly Expected[]): void {
  for (const { commit, id, files } of expected) {
    const vst = helios.checkout(commit);
    assert.deepEqual(new Map(vst.list().map(({ path }) => [path, text(vst.read(path))])), files, commit);
    assert.equal(helios.resolve(commit), id);
    assert.equal(helios.resolve(id), id);
  }
}

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? "nothing").toString();

test("whatever is forked, committed and moved, checkpoints in the background keep every state readable", async () => {
  const step = fc.record({
    from: fc.nat(),
    path: fc.integer({ min: 0, max: 11 }),
    kind: fc.constantFrom("write", "write", "edit", "delete", "bulk", "ref", "unref"),
    words: fc.integer({ min: 1, max: 300 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 160 }), async (steps) => {
      const store = mkdtempSync(join(root, "store-"));
      // Often enough that checkpoints overlap commits, refs and each other's leftovers.
      let helios = await Helios.open({ root: store, checkpointCommits: 16, l1: { capacityBytes: 20_000 } });
      const states: Expected[] = [];
      const refs = new Map<string, string>();
      for (const [i, { from, path, kind, words }] of steps.entries()) {
        const base = states[from % (states.length + 1)];
        const vst = base === undefined ? helios.vst() : helios.checkout(base.commit);
        const files = new Map(base?.files);
        const name = `d${path % 3}/file-${path}`;
        const before = files.get(name) ?? "";
        if (kind === "delete") {
          vst.delete(name);
          files.delete(name);
        } else {
          const content =
            kind === "edit"
              ? `${before.slice(0, before.length / 2)}${i}${before.slice(before.length / 2)}`
              : `${i} word`.repeat(words);
          vst.write(name, content);
          files.set(name, content);
        }
        if (kind === "bulk") {
          const large = `${i}`.repeat(300_000);
          vst.write("large", large);
          files.set("large", large);
        }
        const snapshot = vst.commit();
        states.push({ commit: snapshot.commit, id: snapshot.id, files });
        const ref = `branch-${path % 4}`;
        if (kind === "ref") {
          helios.setRef(ref, snapshot.commit, refs.get(ref));
          refs.set(ref, snapshot.commit);
        } else if (kind === "unref" && refs.has(ref)) {
          helios.deleteRef(ref, refs.get(ref)!);
          refs.delete(ref);
        }
      }
      assertStates(helios, states);
      if (steps.length % 2 === 0) await helios.checkpoint();
      await helios.close();
      helios = await Helios.open({ root: store, l1: { capacityBytes: 0 } });
      assertStates(helios, states);
      assert.deepEqual(new Map(helios.refs().map(({ name, commit }) => [name, commit])), refs);
      await helios.close();
    }),
    { numRuns: Number(process.env.HELIOS_CHECKPOINT_RUNS ?? 6), endOnFailure: true },
  );
});

test("a long line is checkpointed while it grows, and no commit of it waits for that", async () => {
  const helios = await Helios.open({ root, checkpointCommits: 500 });
  const vst = helios.checkout("main");
  for (let i = 0; i < 20; i++) vst.write(`file-${i}`, `content ${i} `.repeat(40));
  vst.commit("base");
  const ids: SnapshotId[] = [];
  for (let i = 0; i < 5000; i++) {
    vst.write(`file-${i % 20}`, `content ${i} `.repeat(40));
    ids.push(vst.commit().id);
  }
  await helios.close();
  const again = await Helios.open({ root });
  assert.equal(again.resolve("main"), ids.at(-1));
  for (const i of [0, 1, 499, 1024, 2500, 4998]) {
    assert.equal(again.resolve(`c${i + 2}`), ids[i]);
    assert.equal(text(again.read(ids[i]!, `file-${i % 20}`)), `content ${i} `.repeat(40));
  }
  await again.close();
});
