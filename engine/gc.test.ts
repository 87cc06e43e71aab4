import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { collectGarbage, type CollectResult } from "./gc.ts";
import { Helios, HeliosError, type HeliosErrorCode, type Vst } from "./index.ts";
import { makeSampleStore, type SampleStore, sha256 } from "./safety/sample-store.fixture.ts";
import { verifyStore } from "./verify.ts";

let home: string;
before(() => void (home = mkdtempSync(join(tmpdir(), "helios-gc-"))));
after(() => rmSync(home, { recursive: true, force: true }));

const withCode = (code: HeliosErrorCode) => (error: unknown) =>
  error instanceof HeliosError && error.code === code;
const newRoot = () => mkdtempSync(join(home, "store-"));
const collect = (root: string, options: Partial<Parameters<typeof collectGarbage>[0]> = {}) =>
  collectGarbage({ root, graceMs: 0, ...options });
const text = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

async function assertSound(root: string): Promise<void> {
  const report = await verifyStore({ root, threads: 0 });
  assert.deepEqual(report.damages, []);
}

/** A line on main, forks, and what becomes of them. */
async function makeStore(l2: "rocksdb" | "lmdb" = "lmdb") {
  const root = newRoot();
  const helios = await Helios.open({ root, l2 });
  const main = helios.checkout("main");
  const commit = (vst: Vst, path: string, content: string, timeMs?: number): string => {
    vst.write(path, content);
    return vst.commit("", timeMs === undefined ? {} : { timeMs }).commit;
  };
  return { root, helios, main, commit };
}

describe("what a collection keeps", () => {
  test("ancestors of refs, by every parent; all else goes", async () => {
    const { root, helios, main, commit } = await makeStore();
    const base = commit(main, "a", "1");
    const merged = main.fork();
    const side = commit(merged, "side", "merged in later");
    const dropped = main.fork();
    const gone = [commit(dropped, "b", "x"), commit(dropped, "b", "y")];
    main.write("a", "2");
    const merge = main.commit("merge", { mergeParents: [side] }).commit;
    const tagged = main.fork();
    const tag = commit(tagged, "t", "t");
    helios.setRef("tag", tag, undefined);
    await helios.close();
    const result = await collect(root);
    assert.deepEqual(result.commits, { kept: 4, dropped: 2 });
    const again = await Helios.open({ root });
    for (const kept of [base, side, merge, tag]) assert.ok(again.resolve(kept));
    assert.deepEqual(
      again.log("main").map(({ commit }) => commit),
      [merge, base],
    );
    for (const commit of gone) {
      assert.throws(() => again.resolve(commit), withCode("SNAPSHOT_UNKNOWN"));
      assert.throws(() => again.checkout(commit), withCode("SNAPSHOT_UNKNOWN"));
    }
    await again.close();
    await assertSound(root);
  });

  test("pinned commits, until they are unpinned", async () => {
    const { root, helios, main, commit } = await makeStore();
    commit(main, "a", "1");
    const fork = main.fork();
    const pinned = [commit(fork, "b", "1"), commit(fork, "b", "2")];
    helios.pin(pinned[1]!);
    assert.deepEqual(helios.pins(), [pinned[1]]);
    assert.throws(() => helios.pin("c99"), withCode("SNAPSHOT_UNKNOWN"));
    await helios.close();
    assert.deepEqual((await collect(root)).commits, { kept: 3, dropped: 0 });
    const again = await Helios.open({ root });
    again.unpin(pinned[1]!);
    assert.deepEqual(again.pins(), []);
    await again.close();
    assert.deepEqual((await collect(root)).commits, { kept: 1, dropped: 2 });
  });

  test("commits younger than the grace period and their ancestors, however old these are", async () => {
    const nowMs = 1_800_000_000_000;
    const dayMs = 24 * 60 * 60 * 1000;
    const { root, helios, main, commit } = await makeStore();
    commit(main, "a", "1", nowMs - 9 * dayMs);
    const young = main.fork();
    commit(young, "b", "1", nowMs - 8 * dayMs);
    commit(young, "b", "2", nowMs - dayMs + 1);
    const old = main.fork();
    commit(old, "c", "1", nowMs - dayMs - 1);
    await helios.close();
    assert.deepEqual((await collectGarbage({ root, nowMs, dryRun: true })).commits, { kept: 3, dropped: 1 });
    const longer = { root, nowMs, graceMs: 2 * dayMs, dryRun: true };
    assert.deepEqual((await collectGarbage(longer)).commits, { kept: 4, dropped: 0 });
    const none = { root, nowMs, graceMs: 0, dryRun: true };
    assert.deepEqual((await collectGarbage(none)).commits, { kept: 1, dropped: 3 });
  });

  test("a content and an id that a dropped commit had last, but a kept one has too", async () => {
    const { root, helios, main, commit } = await makeStore();
    const shared = "the same content in two commits ".repeat(10);
    commit(main, "file", shared);
    const id = helios.resolve("main");
    commit(main, "file", "something else");
    const fork = main.fork();
    // The same state and the same content once more; the store's rows now name this commit.
    commit(fork, "file", shared);
    assert.equal(helios.resolve("c3"), id);
    await helios.checkpoint();
    await helios.close();
    assert.equal((await collect(root)).commits.dropped, 1);
    const again = await Helios.open({ root, l1: { capacityBytes: 0 } });
    assert.equal(text(again.read(id, "file")), shared);
    assert.equal(again.resolve(id), id);
    await again.close();
    await assertSound(root);
  });

  test("nothing of a store without commits, and everything where nothing is to go", async () => {
    const root = newRoot();
    await (await Helios.open({ root, l2: "lmdb" })).close();
    assert.deepEqual((await collect(root)).commits, { kept: 0, dropped: 0 });
    const { root: other, helios, main, commit } = await makeStore();
    commit(main, "a", "1");
    await helios.close();
    const before = readFileSync(join(other, "journal", "00000001.log"));
    assert.deepEqual((await collect(other)).commits, { kept: 1, dropped: 0 });
    assert.deepEqual(readFileSync(join(other, "journal", "00000001.log")), before);
  });

  test("a store of which nothing is left goes on", async () => {
    const { root, helios, commit } = await makeStore();
    const vst = helios.vst();
    commit(vst, "a", "1");
    commit(vst, "a", "2");
    await helios.close();
    assert.deepEqual((await collect(root)).commits, { kept: 0, dropped: 2 });
    const again = await Helios.open({ root });
    assert.throws(() => again.checkout("c2"), withCode("SNAPSHOT_UNKNOWN"));
    const main = again.checkout("main");
    assert.equal(commit(main, "b", "3"), "c3");
    await again.close();
    await assertSound(root);
  });
});

describe("after a collection", () => {
  test("what only dropped commits needed is gone from journal and object store", async () => {
    const { root, helios, main, commit } = await makeStore();
    commit(main, "a", "1");
    const fork = main.fork();
    fork.write("large", Buffer.alloc(300_000, "goes to the object store at once"));
    fork.commit("", { ref: "search" });
    for (let i = 0; i < 300; i++) fork.write(`many/${i}`, `${i}`);
    const { id, commit: head } = fork.commit("", { ref: "search" });
    assert.equal(helios.resolve(id), id);
    // The states of refs go to the object store.
    await helios.checkpoint();
    helios.deleteRef("search", head);
    await helios.close();
    const dry = await collect(root, { dryRun: true });
    const result = await collect(root);
    assert.deepEqual(
      { ...dry.objects, commits: dry.commits },
      { ...result.objects, commits: result.commits },
    );
    const { nodes, blobs, snapshots } = result.objects;
    assert.ok(nodes.rows > 30 && blobs.rows >= 300 && snapshots.rows > 0, JSON.stringify(result));
    assert.ok(
      result.journal.afterBytes < 300 && result.journal.beforeBytes > 2000,
      JSON.stringify(result.journal),
    );
    assert.ok(Math.abs(dry.journal.afterBytes - result.journal.afterBytes) < 200);
    await assertSound(root);
  });

  test("commits go on with the next number; collected parents are refused; refs are where they were", async () => {
    const { root, helios, main, commit } = await makeStore();
    for (let i = 0; i < 40; i++) {
      commit(main, "line", `${i}`);
      const fork = main.fork();
      commit(fork, "fork", `${i}`);
    }
    helios.setRef("moved", "c1", undefined);
    helios.setRef("deleted", "c3", undefined);
    main.commit("moves a ref and is kept", { ref: "was" });
    helios.deleteRef("was", "c81");
    const refs = helios.refs();
    await helios.close();
    assert.equal((await collect(root)).commits.dropped, 41);
    const again = await Helios.open({ root });
    assert.deepEqual(again.refs(), refs);
    assert.equal(again.stats().commits, 40);
    assert.throws(() => again.setRef("x", "c4", undefined), withCode("SNAPSHOT_UNKNOWN"));
    const vst = again.checkout("main");
    assert.throws(() => vst.commit("", { mergeParents: ["c4"] }), withCode("SNAPSHOT_UNKNOWN"));
    assert.equal(vst.commit("next").commit, "c82");
    for (let i = 0; i < 40; i++)
      assert.equal(text(again.read(again.resolve(`c${2 * i + 1}`), "line")), `${i}`);
    await again.close();
    await assertSound(root);
    const third = await Helios.open({ root, readOnly: true });
    assert.deepEqual(
      third.refs().map(({ name }) => name),
      refs.map(({ name }) => name),
    );
    await third.close();
  });

  test("a reader that was open says that it is out of date; a new one reads", async () => {
    const { root, helios, main, commit } = await makeStore("rocksdb");
    const base = commit(main, "a", "1");
    commit(main.fork(), "b", "2");
    await helios.close();
    const reader = await Helios.open({ root, readOnly: true });
    assert.equal(text(reader.read(reader.resolve(base), "a")), "1");
    await collect(root);
    assert.throws(() => reader.refs(), withCode("STORE_COLLECTED"));
    await reader.close();
    const fresh = await Helios.open({ root, readOnly: true });
    assert.equal(text(fresh.read(fresh.resolve("main"), "a")), "1");
    await fresh.close();
  });

  test("several collections in a row keep what they should", async () => {
    const { root, helios, main, commit } = await makeStore();
    commit(main, "a", "0");
    await helios.close();
    for (let round = 1; round < 4; round++) {
      const open = await Helios.open({ root });
      const vst = open.checkout("main");
      for (let i = 0; i < 10; i++) {
        commit(vst.fork(), "fork", `${round} ${i}`);
        commit(vst, "a", `${round} ${i}`);
      }
      await open.close();
      assert.deepEqual((await collect(root)).commits, { kept: 1 + 10 * round, dropped: 10 });
      await assertSound(root);
    }
  });
});

describe("what is refused, and changes nothing", () => {
  test("a store that is open for writing, one that is damaged, and none at all", async () => {
    const { root, helios, main, commit } = await makeStore("rocksdb");
    for (let i = 0; i < 5; i++) commit(main, "a", `${i}`);
    commit(main.fork(), "b", "1");
    await assert.rejects(collect(root), withCode("STORE_LOCKED"));
    await helios.checkpoint();
    await helios.close();
    const file = join(root, "journal", "00000001.log");
    const sound = readFileSync(file);
    const damaged = Buffer.from(sound);
    damaged[60]! ^= 1;
    writeFileSync(file, damaged);
    await assert.rejects(collect(root), withCode("STORE_CORRUPT"));
    assert.deepEqual(readFileSync(file), damaged);
    writeFileSync(file, sound);
    assert.equal((await collect(root)).commits.dropped, 1);
    await assert.rejects(collect(join(home, "nowhere")), withCode("STORE_MISSING"));
  });
});

describe("killed in the middle", () => {
  // Later than anything these tests commit.
  const nowMs = Date.now() + 1_000_000_000;
  const made = new Map<string, SampleStore>();

  async function sample(l2: "rocksdb" | "lmdb"): Promise<SampleStore> {
    const known = made.get(l2);
    if (known !== undefined) return known;
    const store = await makeSampleStore(newRoot(), { l2, rounds: 2, bulkPaths: 4100 });
    // A state in L2 that nobody needs.
    const helios = await Helios.open({ root: store.root });
    const vst = helios.checkout("main");
    for (let i = 0; i < 200; i++) vst.write(`garbage/${i}`, `${i}`);
    const garbage = vst.fork();
    const { commit } = garbage.commit("", { ref: "garbage" });
    await helios.checkpoint();
    helios.deleteRef("garbage", commit);
    await helios.close();
    made.set(l2, store);
    return store;
  }

  /** Opening puts it right: kept commits are there, commits go on, and the next collection drops what is left. */
  async function check(store: SampleStore, kept: ReadonlySet<string>, where: string): Promise<void> {
    const helios = await Helios.open({ root: store.root, create: false });
    for (const { commit, snapshot, files } of store.expected) {
      if (!kept.has(commit)) continue;
      assert.equal(helios.resolve(commit), snapshot, where);
      const found = helios.list(helios.resolve(commit));
      assert.deepEqual(
        new Map(found.map(({ path, hash }) => [path, sha256(helios.readObject(hash))])),
        files,
        `${where}: ${commit}`,
      );
    }
    const vst = helios.checkout("main");
    vst.write("after", where);
    vst.commit("after the kill");
    await helios.close();
    await assertSound(store.root);
    const { commits } = await collect(store.root, { nowMs: nowMs + 100_000_000 });
    assert.equal(commits.kept, kept.size + 1, where);
    assert.equal(
      (await collect(store.root, { dryRun: true, nowMs: nowMs + 100_000_000 })).commits.dropped,
      0,
    );
    await assertSound(store.root);
  }

  async function keptOf(store: SampleStore): Promise<Set<string>> {
    const root = newRoot();
    cpSync(store.root, root, { recursive: true });
    await collect(root, { nowMs });
    const helios = await Helios.open({ root, readOnly: true });
    const kept = store.expected.filter(({ commit }) => {
      try {
        return helios.resolve(commit) !== undefined;
      } catch {
        return false;
      }
    });
    await helios.close();
    return new Set(kept.map(({ commit }) => commit));
  }

  test("at every step, a collection is finished or taken back by the next opening", async (t) => {
    const store = await sample("lmdb");
    const kept = await keptOf(store);
    const seen: string[] = [];
    for (let stopAt = 1; ; stopAt++) {
      const root = newRoot();
      cpSync(store.root, root, { recursive: true });
      let steps = 0;
      let stopped = "";
      const run: Promise<CollectResult> = collect(root, {
        nowMs,
        onStep: (step) => {
          if (++steps < stopAt) return;
          stopped ||= step;
          throw new Error("stopped here");
        },
      });
      await run.catch((error: unknown) => {
        if (stopped === "") throw error;
      });
      if (stopped === "") break;
      seen.push(stopped);
      await assertSound(root);
      await check({ ...store, root }, kept, `stopped at ${stopAt}: ${stopped}`);
      rmSync(root, { recursive: true, force: true });
    }
    t.diagnostic(`stopped in front of ${seen.length} steps`);
    for (const step of [
      "write the plan",
      "go over",
      "remove an old segment",
      "remove rows of nodes",
      "forget the plan",
    ])
      assert.ok(seen.includes(step), step);
  });

  for (const [l2, deaths] of [
    ["rocksdb", [4, 7]],
    ["lmdb", [6]],
  ] as const)
    test(`by SIGKILL, on ${l2}`, async () => {
      const store = await sample(l2);
      const kept = await keptOf(store);
      for (const dieAt of deaths) {
        const root = newRoot();
        cpSync(store.root, root, { recursive: true });
        const script = join(import.meta.dirname, "gc-killed.fixture.ts");
        const setting = JSON.stringify({ root, dieAt, nowMs });
        const child = spawn(process.execPath, [script, setting], { stdio: ["ignore", "ignore", "inherit"] });
        const signal = await new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)));
        assert.equal(signal, "SIGKILL");
        await assertSound(root);
        await check({ ...store, root }, kept, `killed at ${dieAt}`);
      }
    });
});

test("whatever is committed, forked, named, pinned and collected, kept commits keep their contents", async () => {
  const step = fc.record({
    kind: fc.constantFrom(
      "commit",
      "commit",
      "commit",
      "fork",
      "ref",
      "unref",
      "pin",
      "merge",
      "collect",
      "checkpoint",
    ),
    pick: fc.nat(),
    path: fc.integer({ min: 0, max: 5 }),
    content: fc.integer({ min: 0, max: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const root = newRoot();
      let helios = await Helios.open({ root, l2: "lmdb", checkpointCommits: 8 });
      const commits = new Map<string, { parents: string[]; files: Map<string, string>; id: string }>();
      const refs = new Map<string, string>();
      const pins = new Set<string>();
      const some = (n: number): string | undefined => [...commits.keys()][n % commits.size];
      for (const { kind, pick, path, content } of steps) {
        const at = some(pick);
        switch (kind) {
          case "commit":
          case "fork":
          case "merge": {
            const vst = at === undefined ? helios.vst() : helios.checkout(at);
            const files = new Map(at === undefined ? [] : commits.get(at)!.files);
            const bytes = `content ${content} `.repeat(1 + content * 3);
            vst.write(`p${path}`, bytes);
            files.set(`p${path}`, bytes);
            const other = kind === "merge" ? some(pick + 1) : undefined;
            const mergeParents = other === undefined || at === undefined || other === at ? [] : [other];
            const { commit, id } = vst.commit("", { mergeParents, timeMs: 1000 });
            commits.set(commit, { parents: [...(at === undefined ? [] : [at]), ...mergeParents], files, id });
            break;
          }
          case "ref":
            if (at === undefined) break;
            helios.setRef(`r${path}`, at, refs.get(`r${path}`));
            refs.set(`r${path}`, at);
            break;
          case "unref": {
            const named = refs.get(`r${path}`);
            if (named === undefined) break;
            helios.deleteRef(`r${path}`, named);
            refs.delete(`r${path}`);
            break;
          }
          case "pin":
            if (at === undefined) break;
            helios.pin(at);
            pins.add(at);
            break;
          case "checkpoint":
            await helios.checkpoint();
            break;
          case "collect": {
            await helios.close();
            const kept = new Set<string>();
            const keep = (commit: string): void => {
              if (kept.has(commit)) return;
              kept.add(commit);
              for (const parent of commits.get(commit)!.parents) keep(parent);
            };
            for (const commit of [...refs.values(), ...pins]) keep(commit);
            const result = await collect(root);
            assert.deepEqual(result.commits, { kept: kept.size, dropped: commits.size - kept.size });
            for (const commit of commits.keys()) if (!kept.has(commit)) commits.delete(commit);
            helios = await Helios.open({ root, checkpointCommits: 8, l1: { capacityBytes: 0 } });
            for (const [commit, { files, id }] of commits) {
              assert.equal(helios.resolve(commit), id);
              assert.deepEqual(
                new Map(
                  helios
                    .list(helios.resolve(id))
                    .map((entry) => [entry.path, text(helios.readObject(entry.hash))]),
                ),
                files,
              );
            }
          }
        }
      }
      assert.deepEqual(new Map(helios.refs().map(({ name, commit }) => [name, commit])), refs);
      await helios.close();
      await assertSound(root);
      rmSync(root, { recursive: true });
    }),
    { numRuns: Number(process.env["HELIOS_PROPERTY_RUNS"] ?? 15) },
  );
});
