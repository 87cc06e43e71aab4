import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Helios, HeliosError, type HeliosErrorCode, type OpenOptions, type SnapshotId } from "./index.ts";

let home: string;
let opened: Helios[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "helios-engine-"));
  opened = [];
});
afterEach(async () => {
  for (const helios of opened) await helios.close();
  rmSync(home, { recursive: true, force: true });
});

async function open(options: Partial<OpenOptions> = {}): Promise<Helios> {
  const helios = await Helios.open({ root: join(home, "store"), ...options });
  opened.push(helios);
  return helios;
}

const text = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();
const withCode = (code: HeliosErrorCode) => (error: unknown) =>
  error instanceof HeliosError && error.code === code;
const paths = (helios: Helios, id: SnapshotId, prefix?: string) =>
  helios.list(id, prefix).map(({ path }) => path);

for (const [name, options] of [
  ["rocksdb, class process", {}],
  ["rocksdb, class power", { durability: "power" }],
  ["rocksdb, L1 off", { l1: { capacityBytes: 0 } }],
  ["memory", { l2: "memory" }],
] as const)
  describe(`a working set on ${name}`, () => {
    test("reads what was written, before and after the commit", async () => {
      const helios = await open(options);
      const vst = helios.checkout("main");
      vst.write("src/a.ts", "one");
      vst.write("bin/run", Buffer.from("#!/bin/sh"), { mode: "executable" });
      assert.equal(text(vst.read("src/a.ts")), "one");
      const { id, metrics, commit } = vst.commit("first", { author: "somebody" });
      assert.equal(text(vst.read("src/a.ts")), "one");
      assert.equal(vst.read("src/b.ts"), undefined);
      assert.match(id, /^blake3:[0-9a-f]{64}$/);
      assert.equal(commit, "c1");
      assert.deepEqual(
        { ...metrics, latencyUs: 0 },
        { newObjects: 2, newBytes: 12, changedPaths: 2, latencyUs: 0 },
      );
      assert.ok(metrics.latencyUs > 0);
      assert.equal(vst.entry("bin/run")?.mode, "executable");
      assert.deepEqual(paths(helios, id), ["bin/run", "src/a.ts"]);
      assert.deepEqual(paths(helios, id, "src/"), ["src/a.ts"]);
      assert.equal(text(helios.read(id, "bin/run")), "#!/bin/sh");
    });

    test("a commit without changes names the same snapshot and brings nothing", async () => {
      const vst = (await open(options)).checkout("main");
      vst.write("a", "1");
      const first = vst.commit();
      vst.write("a", "1");
      const second = vst.commit();
      assert.equal(second.id, first.id);
      assert.notEqual(second.commit, first.commit);
      assert.equal(second.metrics.newObjects, 0);
    });

    test("forks go their own ways, uncommitted changes included", async () => {
      const helios = await open(options);
      const parent = helios.checkout("main");
      parent.write("shared", "base");
      parent.commit();
      parent.write("pending", "uncommitted");
      const child = parent.fork();
      child.write("shared", "child");
      child.delete("pending");
      parent.write("shared", "parent");
      const [ofParent, ofChild] = [parent.commit("p"), child.commit("c")];
      assert.equal(text(helios.read(ofParent.id, "shared")), "parent");
      assert.equal(text(helios.read(ofParent.id, "pending")), "uncommitted");
      assert.equal(text(helios.read(ofChild.id, "shared")), "child");
      assert.equal(helios.read(ofChild.id, "pending"), undefined);
      assert.equal(child.ref, undefined);
      assert.equal(helios.refs()[0]!.commit, ofParent.commit);
    });

    test("restore returns to any state, lazily or eagerly", async () => {
      const helios = await open(options);
      const vst = helios.checkout("main");
      const states = Array.from({ length: 30 }, (_, i) => {
        vst.write(`file-${i % 7}`, `content ${i}`);
        if (i % 5 === 4) vst.delete(`file-${(i + 3) % 7}`);
        return { id: vst.commit(`step ${i}`).id, listing: vst.list() };
      });
      await helios.checkpoint();
      for (const eager of [false, true])
        for (const { id, listing } of states) {
          vst.restore(id, { eager });
          assert.deepEqual(vst.list(), listing);
          for (const { path } of listing) assert.ok(vst.read(path));
        }
    });

    test("a diff tells added, modified and deleted paths with their entries", async () => {
      const helios = await open(options);
      const vst = helios.checkout("main");
      for (const path of ["keep", "change", "drop", "mode"]) vst.write(path, path);
      const before = vst.commit().id;
      vst.write("change", "changed");
      vst.delete("drop");
      vst.write("new", "new");
      vst.write("mode", "mode", { mode: "executable" });
      const after = vst.commit().id;
      const changes = helios.diff(before, after);
      assert.deepEqual(
        changes.map(({ kind, path }) => `${kind} ${path}`),
        ["modified change", "deleted drop", "modified mode", "added new"],
      );
      assert.deepEqual(vst.diff(after, after), []);
      const mode = changes[2]!;
      assert.ok(mode.kind === "modified" && mode.from.mode === "file" && mode.to.mode === "executable");
    });

    test("materializes the files that the selectors choose", async () => {
      const helios = await open(options);
      const vst = helios.checkout("main");
      vst.write("src/a.ts", "a");
      vst.write("src/a.test.ts", "t");
      vst.write("doc/x.md", "x");
      const { id } = vst.commit();
      const out = join(home, "out");
      await vst.materialize(id, out, { select: ["src/**", "!**/*.test.ts"] });
      assert.equal(readFileSync(join(out, "src/a.ts"), "utf8"), "a");
      assert.ok(!existsSync(join(out, "src/a.test.ts")) && !existsSync(join(out, "doc")));
      await assert.rejects(helios.materialize(id, out), withCode("OUTPUT_NOT_EMPTY"));
    });
  });

describe("identity", () => {
  test("the same content has the same id in every store and whatever the order of edits", async () => {
    const [one, other] = [await open(), await open({ root: join(home, "other") })];
    const a = one.vst();
    const b = other.vst();
    const names = Array.from({ length: 300 }, (_, i) => `dir-${i % 9}/file-${i}`);
    for (const name of names) a.write(name, name);
    for (const name of names.toReversed()) {
      b.write(name, "draft");
      b.write(`${name}.tmp`, "x");
    }
    for (const name of names) {
      b.delete(`${name}.tmp`);
      b.write(name, name);
    }
    assert.equal(a.commit().id, b.commit().id);
  });

  test("an entry's hash is the BLAKE3 of its content", async () => {
    const vst = (await open({ l2: "memory" })).vst();
    vst.write("empty", "");
    assert.equal(
      vst.entry("empty")?.hash,
      "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    );
  });

  test("a snapshot is found by id, by a unique beginning, by commit and by ref", async () => {
    const helios = await open();
    const vst = helios.checkout("main");
    const ids = Array.from({ length: 20 }, (_, i) => {
      vst.write("n", String(i));
      return vst.commit().id;
    });
    for (const round of ["in memory", "from L2"]) {
      for (const [i, id] of ids.entries()) {
        assert.equal(helios.resolve(id), id, round);
        assert.equal(helios.resolve(id.slice(0, 30)), id);
        assert.equal(helios.resolve(id.slice(7, 40)), id);
        assert.equal(helios.resolve(`c${i + 1}`), id);
      }
      assert.equal(helios.resolve("main"), ids.at(-1));
      await helios.checkpoint();
    }
    for (const unknown of ["nobody", "c999", "c0", `blake3:${"0".repeat(64)}`, "000", ""])
      assert.throws(() => helios.resolve(unknown), withCode("SNAPSHOT_UNKNOWN"), unknown);
  });

  test("a beginning of several ids is ambiguous", async () => {
    const helios = await open({ l2: "memory" });
    const vst = helios.vst();
    const seen = new Set<string>();
    for (let i = 0; ; i++) {
      vst.write("n", String(i));
      const start = vst.commit().id.slice(7, 11);
      if (seen.has(start)) {
        assert.throws(() => helios.resolve(start), withCode("SNAPSHOT_AMBIGUOUS"));
        return;
      }
      seen.add(start);
    }
  });
});

describe("refs and history", () => {
  test("a ref that someone else moved is not moved again", async () => {
    const helios = await open();
    helios.checkout("main").commit("base");
    const [first, second] = [helios.checkout("main"), helios.checkout("main")];
    first.write("a", "first");
    second.write("a", "second");
    const kept = first.commit();
    assert.throws(() => second.commit(), withCode("REF_MOVED"));
    assert.equal(text(second.read("a")), "second");
    assert.equal(helios.resolve("main"), kept.id);
    assert.throws(() => helios.setRef("main", "c1", "c1"), withCode("REF_MOVED"));
    assert.throws(() => helios.setRef("new", "c1", "c1"), withCode("REF_MOVED"));
    helios.setRef("new", "c1", undefined);
    helios.setRef("main", "c1", kept.commit);
    assert.deepEqual(
      helios.refs().map(({ name, commit }) => [name, commit]),
      [
        ["main", "c1"],
        ["new", "c1"],
      ],
    );
  });

  test("ref names that could be mistaken are refused", async () => {
    const helios = await open({ l2: "memory" });
    helios.vst().commit();
    for (const name of ["", "c12", "/a", "a/", "a//b", "-x", "a b", "ä", "../a"])
      assert.throws(() => helios.setRef(name, "c1", undefined), withCode("REF_INVALID"), name);
    assert.throws(() => helios.vst().commit("", { ref: "c12" }), withCode("REF_INVALID"));
  });

  test("the log lists commits newest first, with what they say, also after reopening", async () => {
    let helios = await open();
    const vst = helios.checkout("main");
    assert.deepEqual(helios.log(), []);
    for (let i = 1; i <= 5; i++) {
      vst.write("n", String(i));
      vst.commit(`step ${i}`, { author: "somebody", timeMs: 1_000_000_000_000 + i, recordId: i % 2 === 0 });
    }
    const log = helios.log();
    assert.deepEqual(
      log.map(({ commit, parents, message, author, timeMs, changedPaths }) => [
        commit,
        parents,
        message,
        author,
        timeMs - 1_000_000_000_000,
        changedPaths,
      ]),
      [5, 4, 3, 2, 1].map((n) => [`c${n}`, n === 1 ? [] : [`c${n - 1}`], `step ${n}`, "somebody", n, 1]),
    );
    assert.deepEqual(helios.log("c3", 2), log.slice(2, 4));
    await helios.checkpoint();
    assert.deepEqual(helios.log(), log);
    await helios.close();
    helios = await open({ readOnly: true });
    assert.deepEqual(helios.log(), log);
    assert.throws(() => helios.log("nobody"), withCode("SNAPSHOT_UNKNOWN"));
  });
});

describe("what is on disk", () => {
  test("reopening finds all commits, with and without a checkpoint between", async () => {
    let helios = await open();
    const vst = helios.checkout("main");
    const states: { id: SnapshotId; listing: unknown }[] = [];
    const step = (set: typeof vst, i: number) => {
      set.write(`dir/file-${i % 40}`, `${"x".repeat(200)} ${i} ${"y".repeat(200)}`);
      states.push({ id: set.commit().id, listing: set.list() });
    };
    for (let i = 0; i < 100; i++) step(vst, i);
    await helios.checkpoint();
    for (let i = 100; i < 150; i++) step(vst, i);
    // A branch nobody keeps: no ref names it.
    const branch = vst.fork();
    for (let i = 150; i < 160; i++) step(branch, i);
    await helios.close();
    for (let round = 0; round < 3; round++) {
      helios = await open();
      for (const { id, listing } of states) {
        assert.deepEqual(helios.list(id), listing);
        for (const { path } of helios.list(id))
          assert.equal(helios.read(id, path)?.length ?? 0, helios.checkout(id).entry(path)!.sizeBytes);
      }
      await helios.checkpoint();
      await helios.close();
    }
  });

  test("a long line of commits is read back from keyframes", async () => {
    let helios = await open();
    const vst = helios.checkout("main");
    const ids: SnapshotId[] = [];
    for (let i = 0; i < 2600; i++) {
      vst.write(`f${i % 3}`, `${"long common beginning of the content ".repeat(4)}${i}`);
      ids.push(vst.commit().id);
    }
    await helios.close();
    helios = await open({ l1: { capacityBytes: 0 } });
    for (const i of [0, 1, 1023, 1024, 1025, 2047, 2048, 2599])
      assert.equal(text(helios.read(ids[i]!, `f${i % 3}`))?.endsWith(`content ${i}`), true, `commit ${i}`);
  });

  test("a large import is kept without a list of its changes, and its duplicates once", async () => {
    let helios = await open();
    const vst = helios.checkout("main");
    for (let i = 0; i < 5000; i++) vst.write(`d${i % 50}/f${i}`, `content ${i % 100}`);
    const { id, metrics } = vst.commit("import");
    assert.equal(metrics.newObjects, 100);
    vst.write("d1/f1", "later");
    const later = vst.commit().id;
    await helios.close();
    helios = await open();
    assert.equal(helios.list(id).length, 5000);
    assert.equal(text(helios.read(id, "d1/f1")), "content 1");
    assert.equal(text(helios.read(later, "d1/f1")), "later");
  });

  test("contents too large for the journal, and working sets too large for memory, go to L2", async () => {
    let helios = await open();
    const vst = helios.checkout("main");
    const large = Buffer.alloc(700_000, 7);
    vst.write("large", large);
    const one = vst.commit().id;
    for (let i = 0; i < 40; i++) vst.write(`huge-${i}`, Buffer.alloc(1_000_000, i));
    assert.equal(vst.read("huge-3")?.[5], 3);
    const many = vst.commit().id;
    await helios.close();
    helios = await open();
    assert.deepEqual(Buffer.from(helios.read(one, "large")!), large);
    for (let i = 0; i < 40; i++) assert.equal(helios.read(many, `huge-${i}`)?.[999_999], i);
  });

  test("a journal of thousands of commits checkpoints on its own", async () => {
    const helios = await open();
    const vst = helios.checkout("main");
    vst.write("a", "0");
    for (let i = 0; i < 33_000; i++) {
      vst.write("a", String(i));
      vst.commit();
    }
    assert.equal(helios.stats().commits, 33_000);
    assert.equal(text(helios.checkout("c100").read("a")), "99");
  });

  test("a symlinked store root is followed", async () => {
    mkdirSync(join(home, "real"));
    symlinkSync(join(home, "real"), join(home, "link"));
    const helios = await open({ root: join(home, "link") });
    const vst = helios.checkout("main");
    vst.write("a", "1");
    const { id } = vst.commit();
    await helios.close();
    const again = await open({ root: join(home, "real"), create: false });
    assert.equal(again.resolve("main"), id);
  });
});

describe("refusals", () => {
  test("a store that is not there, is something else or is of another version", async () => {
    await assert.rejects(open({ create: false }), withCode("STORE_MISSING"));
    await assert.rejects(open({ readOnly: true }), withCode("STORE_MISSING"));
    assert.ok(!existsSync(join(home, "store")));
    const other = join(home, "other");
    mkdirSync(other);
    writeFileSync(join(other, "letter.txt"), "dear");
    await assert.rejects(open({ root: other }), withCode("STORE_CORRUPT"));
    await assert.rejects(open({ root: join(other, "letter.txt") }), withCode("STORE_CORRUPT"));
    const store = await open();
    await store.close();
    const format = join(home, "store", "format.json");
    writeFileSync(format, readFileSync(format, "utf8").replace("helios-store/1", "helios-store/9"));
    await assert.rejects(
      open(),
      (error) => withCode("STORE_FORMAT")(error) && /store\/9/.test((error as Error).message),
    );
    writeFileSync(format, "{");
    await assert.rejects(open(), withCode("STORE_CORRUPT"));
    writeFileSync(format, '{"format":"helios-store/1"}');
    await assert.rejects(open(), withCode("STORE_CORRUPT"));
  });

  test("a second writer, by the number of the first", async () => {
    await open();
    await assert.rejects(
      open(),
      (error) => withCode("STORE_LOCKED")(error) && (error as Error).message.includes(String(process.pid)),
    );
  });

  test("promises that memory cannot keep", async () => {
    await assert.rejects(open({ l2: "memory", durability: "process" }), withCode("STORE_FORMAT"));
    await assert.rejects(open({ l2: "rocksdb", durability: "memory" }), withCode("STORE_FORMAT"));
  });

  test("writes to a store open for reading", async () => {
    const writer = await open();
    writer.checkout("main").commit();
    await writer.close();
    const helios = await open({ readOnly: true });
    const vst = helios.checkout("main");
    vst.write("a", "1");
    assert.throws(() => vst.commit(), withCode("STORE_READ_ONLY"));
    await assert.rejects(helios.checkpoint(), withCode("STORE_READ_ONLY"));
  });

  test("anything after close, which itself may be repeated", async () => {
    const helios = await open();
    const vst = helios.checkout("main");
    vst.write("a", "1");
    const { id } = vst.commit();
    await helios.close();
    await helios.close();
    for (const use of [
      () => vst.write("a", "2"),
      () => vst.delete("a"),
      () => vst.read("a"),
      () => vst.has("a"),
      () => vst.entry("a"),
      () => vst.list(),
      () => vst.fork(),
      () => vst.commit(),
      () => vst.restore(id),
      () => helios.vst(),
      () => helios.checkout(id),
      () => helios.stats(),
      () => helios.refs(),
      () => helios.log(),
      () => helios.read(id, "a"),
      () => helios.readObject("0".repeat(64)),
    ])
      assert.throws(use, withCode("STORE_CLOSED"), use.toString());
  });

  test("a path that would be a file and a directory at once", async () => {
    const vst = (await open({ l2: "memory" })).vst();
    vst.write("a/b", "1");
    assert.throws(() => vst.write("a", "2"), withCode("PATH_CONFLICT"));
    assert.throws(() => vst.write("a/b/c", "2"), withCode("PATH_CONFLICT"));
    vst.write("a/b.txt", "next to it");
    vst.delete("a/b");
    vst.write("a/b/c", "2");
    assert.deepEqual(
      vst.list().map(({ path }) => path),
      ["a/b.txt", "a/b/c"],
    );
    assert.throws(() => vst.write("../a", "x"), withCode("PATH_INVALID"));
  });
});

test("statistics count hits, misses, evictions and reads from L2", async () => {
  let helios = await open();
  const vst = helios.checkout("main");
  for (let i = 0; i < 200; i++) vst.write(`f${i}`, Buffer.alloc(1000, i));
  vst.commit();
  assert.equal(helios.stats().entries, 200);
  assert.ok(helios.stats().commit_latency_us_p50! > 0);
  assert.equal(helios.stats().new_objects, 200);
  await helios.checkpoint();
  await helios.close();
  helios = await open({ l1: { capacityBytes: 20_000 } });
  assert.ok(helios.stats().commit_latency_us_p95! > 0, "the last writer's latency is kept");
  const read = helios.checkout("main");
  read.read("f1");
  const { l1: before, first_read_from_l2_total: reads } = helios.stats();
  read.read("f1");
  const { l1: after } = helios.stats();
  assert.equal(after.hits, before.hits + 1);
  assert.equal(helios.stats().first_read_from_l2_total, reads);
  for (let i = 0; i < 200; i++) read.read(`f${i}`);
  const { l1, lazy_restore_promotions } = helios.stats();
  assert.ok(l1.evictions > 0 && l1.sizeBytes <= 20_000 && l1.items > 0);
  assert.ok(lazy_restore_promotions > 0);
  const empty = await open({ l2: "memory" });
  assert.deepEqual([empty.stats().entries, empty.stats().commit_latency_us_p50], [0, null]);
});

test("a commit may have hundreds of parents", async () => {
  const root = mkdtempSync(join(tmpdir(), "helios-parents-"));
  const helios = await Helios.open({ root });
  const main = helios.checkout("main");
  main.write("a", "1");
  main.commit();
  const mergeParents = Array.from({ length: 300 }, () => main.fork().commit().commit);
  main.commit("", { mergeParents });
  await helios.close();
  const again = await Helios.open({ root });
  assert.equal(again.log("main")[0]!.parents.length, 301);
  await again.close();
  rmSync(root, { recursive: true });
});

test("a commit with more parents than a record holds is refused", async () => {
  const helios = await Helios.open({ root: "", durability: "memory" });
  const main = helios.checkout("main");
  main.commit();
  const mergeParents = Array.from({ length: 65_535 }, () => main.fork().commit().commit);
  assert.throws(
    () => main.commit("", { mergeParents }),
    (error) => error instanceof HeliosError && error.code === "PARENTS_TOO_MANY",
  );
  await helios.close();
});
