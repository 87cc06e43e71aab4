/** Whoever reads a directory, one thread or several, finds the same forest and remembers the same of it. */
import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import {
  Helios,
  HeliosError,
  type PartitionRules,
  rememberScan,
  scanDirectory,
  type ScanOptions,
} from "../index.ts";
import type { Forest } from "./forest.ts";

let home = "";
let work = "";
before(() => {
  home = mkdtempSync(join(tmpdir(), "helios-forest-import-"));
  work = join(home, "work");
  const put = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(work, path)), { recursive: true });
    writeFileSync(join(work, path), content);
  };
  for (let i = 0; i < 700; i++) put(`src/m${i % 23}/f${i}.ts`, `file ${i % 650}`);
  for (let i = 0; i < 600; i++) put(`flat/${i}`, `flat ${i}`);
  // More than one piece of work holds: the rest of a directory is read by whoever is free.
  for (let i = 0; i < 5; i++) put(`large/${i}`, Buffer.alloc(3 * 1024 * 1024, i));
  put("README.md", "top");
  put("tool.sh", "#!/bin/sh");
  chmodSync(join(work, "tool.sh"), 0o755);
  symlinkSync("README.md", join(work, "link"));
  put(".gitignore", "*.log\n/build/\n");
  put("src/noise.log", "ignored");
  put("src/m1/.gitignore", "!kept.log\n/.gitignore\nsecret\n");
  put("src/m1/kept.log", "taken back");
  put("src/m1/deep/er/secret", "ignored");
  put("src/m1/deep/er/kept.log", "taken back");
  put("build/out", "ignored");
  put("é/\u{10000}", "1");
  put("é/\uffff", "2");
  mkdirSync(join(work, "empty/inside"), { recursive: true });
  put(".git/config", "never");
  // Older than the scan, or the cache does not believe it.
  const longAgo = new Date(Date.now() - 60_000);
  for (const path of readdirSync(work, { recursive: true, encoding: "utf8" }))
    if (path !== "link") utimesSync(join(work, path), longAgo, longAgo);
});
after(() => rmSync(home, { recursive: true, force: true }));

let stores = 0;
async function imported(
  options: ScanOptions,
  trees?: PartitionRules,
  l2: "rocksdb" | "lmdb" = "rocksdb",
): Promise<{
  helios: Helios;
  root: string;
  forest: Forest;
  scanned: Awaited<ReturnType<typeof scanDirectory>>;
}> {
  const root = join(home, `store-${++stores}`);
  const helios = await Helios.open({ root, l2 });
  const forest = helios.forest("main", trees === undefined ? {} : { trees });
  const scanned = await scanDirectory({ root }, forest, work, options);
  return { helios, root, forest, scanned };
}

const rules: PartitionRules = { code: ["src/"], deep: ["src/m1/", "flat/7"], rest: ["*"] };

test("threads find what one thread finds: contents, modes, ignore rules, and what to remember", async () => {
  for (const trees of [undefined, rules]) {
    const one = await imported({}, trees);
    for (const threads of trees === undefined ? [2] : [1, 3]) {
      const several = await imported({ threads }, trees);
      assert.equal(several.forest.identify(), one.forest.identify());
      assert.deepEqual({ ...several.scanned, skipped: [] }, { ...one.scanned, skipped: [] });
      const snapshot = several.forest.commit("imported");
      assert.equal(snapshot.metrics.changedPaths, one.forest.size);
      assert.ok(snapshot.metrics.newObjects < one.forest.size, "contents that are equal are counted once");
      rememberScan(several, work, snapshot.id, several.forest);
      const again = await scanDirectory(several, several.helios.forest("main"), work, { base: snapshot.id });
      assert.deepEqual([again.added, again.modified, again.deleted, again.rehashed], [0, 0, 0, 0]);
      assert.equal(again.unchanged, one.forest.size);
      await several.helios.close();
      const reopened = await Helios.open({ root: several.root, readOnly: true });
      const forest = reopened.forest("main");
      assert.equal(forest.identify(), snapshot.id);
      for (const { path, mode } of forest.entries())
        assert.deepEqual(
          Buffer.from(forest.read(path)!),
          mode === "symlink" ? Buffer.from("README.md") : readFileSync(join(work, path)),
          path,
        );
      assert.equal(forest.entry("tool.sh")?.mode, "executable");
      assert.equal(forest.has("src/m1/kept.log") && forest.has("src/m1/deep/er/kept.log"), true);
      for (const path of [
        "src/noise.log",
        "build/out",
        "src/m1/deep/er/secret",
        "src/m1/.gitignore",
        ".git/config",
      ])
        assert.equal(forest.has(path), false, path);
      await reopened.close();
    }
    await one.helios.close();
  }
});

test("a change after an import by threads is found, and recorded as what it is", async () => {
  const { helios, root, forest } = await imported({ threads: 2 });
  forest.write("docs/new", "beside what the threads stored");
  const first = forest.commit();
  assert.equal(first.metrics.changedPaths, forest.size);
  const later = forest.fork();
  later.write("flat/1", "changed");
  later.delete("flat/2");
  const second = later.commit();
  assert.equal(second.metrics.changedPaths, 2);
  assert.deepEqual(
    forest.diff(later).changes.map(({ path, kind }) => `${kind} ${path}`),
    ["modified flat/1", "deleted flat/2"],
  );
  await helios.close();
  const reopened = await Helios.open({ root });
  assert.equal(reopened.forest(second.id).read("flat/1")?.toString(), "changed");
  assert.equal(reopened.forest(first.id).read("docs/new")?.toString(), "beside what the threads stored");
  await reopened.close();
});

test("an import by threads into LMDB gives the same forest", async () => {
  const [one, other] = [await imported({ threads: 2 }), await imported({ threads: 2 }, undefined, "lmdb")];
  assert.equal(other.forest.commit().id, one.forest.identify());
  await one.helios.close();
  await other.helios.close();
});

test("a directory that is stored as a forest and as a snapshot in turn is each time what it is", async () => {
  const { helios, root, forest } = await imported({ threads: 2 });
  const first = forest.commit("forest", { ref: "trees" });
  rememberScan({ root }, work, first.id, forest);
  const vst = helios.vst();
  const plain = await scanDirectory({ root }, vst, work);
  assert.deepEqual([plain.added, vst.size], [forest.size, forest.size]);
  const { id } = vst.commit("plain", { ref: "plain" });
  rememberScan({ root }, work, id);
  const again = helios.forest("trees");
  const scanned = await scanDirectory({ root }, again, work, { base: first.id });
  assert.deepEqual([scanned.added, scanned.modified, scanned.deleted], [0, 0, 0]);
  assert.equal(again.identify(), first.id);
  const fresh = helios.forest();
  await scanDirectory({ root }, fresh, work);
  assert.equal(fresh.identify(), first.id);
  await helios.close();
});

test("stopped by its signal, an import leaves the forest empty and the store sound", async () => {
  const controller = new AbortController();
  const root = join(home, "stopped");
  const helios = await Helios.open({ root });
  const forest = helios.forest("main");
  const reason = new HeliosError("ABORTED", "enough", "Go on.");
  await assert.rejects(
    scanDirectory({ root }, forest, work, {
      threads: 2,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    }),
    (error) => error === reason,
  );
  assert.deepEqual([forest.size, forest.trees], [0, []]);
  const scanned = await scanDirectory({ root }, forest, work, { threads: 2 });
  assert.equal(scanned.added, forest.size);
  forest.commit();
  assert.ok((await forest.verify()).sound);
  await helios.close();
});

test("a path that no tree takes ends an import with its name", async () => {
  const { helios, root, forest } = await imported({ threads: 2 });
  const partial = helios.forest(undefined, { trees: { src: ["src/"] } });
  await assert.rejects(
    scanDirectory({ root }, partial, work, { threads: 2 }),
    (error) => error instanceof HeliosError && error.code === "TREE_UNKNOWN",
  );
  assert.equal(partial.size, 0);
  assert.ok(forest.size > 0);
  await helios.close();
});
