import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { HeliosError } from "../errors.ts";
import { hashBlob } from "../object/hash.ts";
import type { EntryMode } from "../object/entry-mode.ts";
import { parseSnapshotId } from "../object/ids.ts";
import { rememberScan, scanDirectory, type ScanResult, type ScanTarget } from "./scan.ts";

/** A working set in memory that, like the real one, refuses a path that is a file and a directory at once. */
class MemoryTarget implements ScanTarget {
  readonly files = new Map<string, { bytes: Buffer; hash: string; mode: EntryMode }>();
  writes = 0;
  get size(): number {
    return this.files.size;
  }
  entry(path: string) {
    return this.files.get(path);
  }
  *entries() {
    for (const [path, { mode }] of this.files) yield { path, mode };
  }
  adopt(path: string, hash: Uint8Array, mode: EntryMode, sizeBytes: number, bytes?: Buffer) {
    const before = this.files.get(path);
    if (before?.mode === mode && before.hash === Buffer.from(hash).toString("hex")) return "same";
    for (const other of this.files.keys()) {
      assert.ok(
        !other.startsWith(`${path}/`) && !path.startsWith(`${other}/`),
        `${path} conflicts with ${other}`,
      );
    }
    assert.ok(bytes !== undefined && bytes.length === sizeBytes);
    assert.deepEqual(hashBlob(bytes), Uint8Array.from(hash));
    this.writes++;
    this.files.set(path, { bytes, hash: Buffer.from(hash).toString("hex"), mode });
    return before === undefined ? "added" : "modified";
  }
  fill(): void {
    assert.fail("a few files are not worth it");
  }
  become(): boolean {
    return false;
  }
  changes(): [] {
    return [];
  }
  threadAccess(): undefined {
    return undefined;
  }
  delete(path: string): boolean {
    return this.files.delete(path);
  }
  text(): Record<string, string> {
    const sorted = [...this.files].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([path, { bytes }]) => [path, bytes.toString()]));
  }
}

const base = parseSnapshotId(`blake3:${"ab".repeat(32)}`);
const otherBase = parseSnapshotId(`blake3:${"cd".repeat(32)}`);

let folder = "";
let work = "";
let store: { root: string };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helios-scan-"));
  work = join(folder, "work");
  store = { root: join(work, ".helios") };
  mkdirSync(store.root, { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(work, path)), { recursive: true });
  writeFileSync(join(work, path), content);
}

const counts = (some: Partial<ScanResult>): ScanResult => ({
  added: 0,
  modified: 0,
  deleted: 0,
  unchanged: 0,
  rehashed: 0,
  skipped: [],
  notes: [],
  ...some,
});

/** Until the file system's clock has moved on, so that what was written is trusted by the next scan. */
async function nextTick(): Promise<void> {
  const probe = join(folder, "probe");
  writeFileSync(probe, "");
  const { mtimeMs } = statSync(probe);
  while (statSync(probe).mtimeMs <= mtimeMs) {
    await sleep(5);
    writeFileSync(probe, "");
  }
}

const refusedWith = (code: string, path?: string) => (error: unknown) =>
  error instanceof HeliosError && error.code === code && (path === undefined || error.path === path);

test("files, modes and symlinks are stored; empty directories, .git and the store are not", async () => {
  put("a", "1");
  put("bin/run", "#!/bin/sh\n");
  chmodSync(join(work, "bin/run"), 0o755);
  symlinkSync("../a", join(work, "bin/link"));
  symlinkSync("nowhere", join(work, "dangling"));
  put("größe/ä", "x");
  put(".git/config", "secret");
  put("sub/.git", "gitdir: elsewhere");
  put("sub/.helios/x", "x");
  put("sub/kept", "k");
  mkdirSync(join(work, "empty"));
  const vst = new MemoryTarget();
  const result = await scanDirectory(store, vst, work);
  assert.deepEqual(vst.text(), {
    a: "1",
    "bin/link": "../a",
    "bin/run": "#!/bin/sh\n",
    dangling: "nowhere",
    "größe/ä": "x",
    "sub/kept": "k",
  });
  assert.deepEqual(
    [...vst.files]
      .filter(([, { mode }]) => mode !== "file")
      .map(([path, { mode }]) => `${path} ${mode}`)
      .sort(),
    ["bin/link symlink", "bin/run executable", "dangling symlink"],
  );
  assert.deepEqual(result, counts({ added: 6, rehashed: 6 }));
});

test("a store under another name inside the directory is not stored either", async () => {
  put("a", "1");
  const inside = join(work, "cache/store");
  mkdirSync(inside, { recursive: true });
  writeFileSync(join(inside, "data"), "x");
  put("cache/other", "o");
  const vst = new MemoryTarget();
  await scanDirectory({ root: inside }, vst, work);
  assert.deepEqual(vst.text(), { a: "1", "cache/other": "o" });
});

test("a second scan reads nothing, and later ones only what changed", async () => {
  for (const name of ["a", "b", "c", "d/e"]) put(name, name);
  const vst = new MemoryTarget();
  await scanDirectory(store, vst, work);
  await nextTick();
  await scanDirectory(store, vst, work); // now every time stamp lies before the scan
  await nextTick();
  const writes = vst.writes;
  const idle = await scanDirectory(store, vst, work);
  assert.deepEqual(idle, counts({ unchanged: 4 }));
  put("b", "B");
  put("f", "f");
  rmSync(join(work, "c"));
  chmodSync(join(work, "a"), 0o755);
  const result = await scanDirectory(store, vst, work);
  assert.deepEqual(result, counts({ added: 1, modified: 2, deleted: 1, unchanged: 1, rehashed: 3 }));
  assert.deepEqual(vst.text(), { a: "a", b: "B", "d/e": "d/e", f: "f" });
  assert.equal(vst.files.get("a")?.mode, "executable");
  assert.equal(vst.writes, writes + 3);
});

test("a file written again within one tick of the clock, with the same size, is noticed", async () => {
  for (let round = 0; round < 20; round++) {
    put("a", `${round}`.padStart(2, "0"));
    const vst = new MemoryTarget();
    await scanDirectory(store, vst, work);
    put("a", `${round + 50}`);
    await scanDirectory(store, vst, work);
    assert.equal(vst.text()["a"], `${round + 50}`);
  }
});

test("a file whose time and size were set back after a change is noticed", async () => {
  put("a", "one");
  utimesSync(join(work, "a"), 1_000_000, 1_000_000);
  const vst = new MemoryTarget();
  await scanDirectory(store, vst, work);
  await nextTick();
  await scanDirectory(store, vst, work);
  await nextTick();
  put("a", "two");
  utimesSync(join(work, "a"), 1_000_000, 1_000_000);
  const result = await scanDirectory(store, vst, work);
  assert.equal(result.modified, 1);
});

test("what the cache knows but the working set does not hold is read and written", async () => {
  put("a", "1");
  await scanDirectory(store, new MemoryTarget(), work);
  await nextTick();
  await scanDirectory(store, new MemoryTarget(), work);
  const fresh = new MemoryTarget();
  const result = await scanDirectory(store, fresh, work);
  assert.equal(result.added, 1);
  assert.deepEqual(fresh.text(), { a: "1" });
});

test("a cache that is torn, altered or of another version is not believed", async () => {
  put("a", "1");
  const vst = new MemoryTarget();
  await scanDirectory(store, vst, work);
  await nextTick();
  await scanDirectory(store, vst, work);
  const cacheFolder = join(store.root, "stat-cache");
  const file = join(cacheFolder, readdirSync(cacheFolder)[0] ?? assert.fail("no cache"));
  const good = readFileSync(file);
  const altered = Buffer.from(good);
  altered.writeUInt8((altered[200] ?? 0) ^ 1, 200);
  const otherVersion = Buffer.from(good);
  otherVersion.write("HLSTAT01", 0, "latin1");
  for (const bad of [altered, otherVersion, good.subarray(0, 40), Buffer.alloc(0)]) {
    writeFileSync(file, bad);
    assert.equal((await scanDirectory(store, vst, work)).rehashed, 1);
  }
  writeFileSync(file, good);
  truncateSync(file, good.length - 1);
  assert.equal((await scanDirectory(store, vst, work)).rehashed, 1);
});

test("two work directories of one store keep a cache each", async () => {
  put("a", "1");
  const other = join(folder, "other");
  mkdirSync(other);
  writeFileSync(join(other, "a"), "2");
  await scanDirectory(store, new MemoryTarget(), work);
  await scanDirectory(store, new MemoryTarget(), other);
  assert.equal(readdirSync(join(store.root, "stat-cache")).length, 2);
});

test("a file may become a directory and a directory a file", async () => {
  put("x", "file");
  put("y/z", "inside");
  const vst = new MemoryTarget();
  await scanDirectory(store, vst, work);
  rmSync(join(work, "x"));
  rmSync(join(work, "y"), { recursive: true });
  put("x/z", "inside");
  put("y", "file");
  const result = await scanDirectory(store, vst, work);
  assert.deepEqual(vst.text(), { "x/z": "inside", y: "file" });
  assert.deepEqual([result.added, result.deleted], [2, 2]);
});

test("a renamed file is one deletion and one addition", async () => {
  put("a", "1");
  const vst = new MemoryTarget();
  await scanDirectory(store, vst, work);
  renameSync(join(work, "a"), join(work, "b"));
  await scanDirectory(store, vst, work);
  assert.deepEqual(vst.text(), { b: "1" });
});

test("ignore files are obeyed at every level and stored themselves; the caller may say otherwise", async () => {
  put(".gitignore", "*.log\nbuild/\n");
  put(".heliosignore", "!kept.log\n");
  put("a.log", "");
  put("kept.log", "");
  put("build/x", "");
  put("d/.gitignore", "!b.log\n/only-here\n");
  put("d/b.log", "");
  put("d/only-here", "");
  put("only-here", "");
  const vst = new MemoryTarget();
  await scanDirectory(store, vst, work);
  assert.deepEqual(Object.keys(vst.text()), [
    ".gitignore",
    ".heliosignore",
    "d/.gitignore",
    "d/b.log",
    "kept.log",
    "only-here",
  ]);
  await scanDirectory(store, vst, work, { obeyIgnoreFiles: false });
  assert.equal(vst.size, 9);
  assert.equal((await scanDirectory(store, vst, work)).deleted, 3);
});

test("an ignored directory is not looked into, so it may be unreadable", async () => {
  put(".gitignore", "build/\n");
  put("a", "1");
  put("build/x", "");
  chmodSync(join(work, "build"), 0o000);
  const vst = new MemoryTarget();
  await scanDirectory(store, vst, work);
  chmodSync(join(work, "build"), 0o755);
  assert.deepEqual(Object.keys(vst.text()), [".gitignore", "a"]);
});

/** Runs as somebody whom permissions bind; root, under whom containers test, reads everything. */
async function asOrdinaryUser(run: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return run();
  const ordinaryUser = 65534;
  execFileSync("chown", ["-R", `${ordinaryUser}`, folder]);
  process.seteuid?.(ordinaryUser);
  try {
    await run();
  } finally {
    process.seteuid?.(0);
  }
}

test(
  "an unreadable file or directory ends the scan by name",
  { skip: process.platform === "win32" },
  async () => {
    put("d/secret", "x");
    await asOrdinaryUser(async () => {
      const vst = new MemoryTarget();
      chmodSync(join(work, "d/secret"), 0o000);
      const file = join(realpathSync(work), "d/secret");
      await assert.rejects(scanDirectory(store, vst, work), refusedWith("DIRECTORY_UNREADABLE", file));
      chmodSync(join(work, "d"), 0o000);
      const directory = join(realpathSync(work), "d");
      await assert.rejects(scanDirectory(store, vst, work), refusedWith("DIRECTORY_UNREADABLE", directory));
      chmodSync(join(work, "d"), 0o755);
      assert.equal(vst.writes, 0);
    });
  },
);

test("a missing directory and a file in its place are refused by name", async () => {
  const missing = join(folder, "missing");
  await assert.rejects(
    scanDirectory(store, new MemoryTarget(), missing),
    refusedWith("DIRECTORY_UNREADABLE", missing),
  );
  put("a", "1");
  const file = join(work, "a");
  await assert.rejects(
    scanDirectory(store, new MemoryTarget(), file),
    refusedWith("DIRECTORY_UNREADABLE", file),
  );
});

test(
  "sockets, pipes and names that are not UTF-8 are listed, and the rest is stored",
  { skip: process.platform !== "linux" },
  async () => {
    put("a", "1");
    execFileSync("mkfifo", [join(work, "pipe")]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(work, "socket"), resolve));
    mkdirSync(join(work, "d"));
    writeFileSync(Buffer.concat([Buffer.from(join(work, "d/")), Buffer.from([0x66, 0xff])]), "x");
    put("d/\uFFFD", "a name that holds the replacement character itself");
    const vst = new MemoryTarget();
    const { skipped } = await scanDirectory(store, vst, work);
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(Object.keys(vst.text()), ["a", "d/\uFFFD"]);
    assert.deepEqual(
      skipped.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
      [
        { path: "d/f\\xff", reason: "its name is not UTF-8" },
        { path: "pipe", reason: "it is a named pipe" },
        { path: "socket", reason: "it is a socket" },
      ],
    );
  },
);

test(
  "names that are not UTF-8 are refused where the caller wants that",
  { skip: process.platform !== "linux" },
  async () => {
    mkdirSync(join(work, "d"));
    writeFileSync(Buffer.concat([Buffer.from(join(work, "d/")), Buffer.from([0x66, 0xff])]), "x");
    const vst = new MemoryTarget();
    const refused = refusedWith("NAME_INVALID", "d/f\\xff");
    await assert.rejects(scanDirectory(store, vst, work, { invalidNames: "refuse" }), refused);
    assert.equal(vst.writes, 0);
    put(".heliosignore", "d/\n");
    assert.equal((await scanDirectory(store, vst, work, { invalidNames: "refuse" })).added, 1);
  },
);

test("empty directories are kept where the caller wants that, one entry each, and go when something is stored in them", async () => {
  put(".gitignore", "*.log\n");
  for (const path of ["a", "b/c", "d"]) mkdirSync(join(work, path), { recursive: true });
  put("d/x.log", "ignored");
  const vst = new MemoryTarget();
  const options = { emptyDirectories: "keep" } as const;
  assert.equal((await scanDirectory(store, vst, work, options)).added, 4);
  const kept = () => [...vst.files].filter(([, { mode }]) => mode === "directory").map(([path]) => path);
  assert.deepEqual(kept().sort(), ["a", "b/c", "d"]);
  rememberScan(store, work, base);
  put("a/f", "x");
  rmSync(join(work, "b/c"), { recursive: true });
  const result = await scanDirectory(store, vst, work, { ...options, base });
  assert.deepEqual([result.added, result.deleted], [2, 2]);
  assert.deepEqual(kept().sort(), ["b", "d"]);
  assert.equal((await scanDirectory(store, vst, work, { base })).deleted, 2);
  assert.deepEqual(kept(), []);
});

test(
  "new names that other systems could not hold, or hold apart, are noted once",
  { skip: process.platform !== "linux" },
  async () => {
    for (const path of ["Read.me", "read.ME", "d/con", "d/ok", "e/\u00e9", "e/e\u0301"]) put(path, "x");
    const vst = new MemoryTarget();
    const { notes } = await scanDirectory(store, vst, work);
    assert.deepEqual(notes.map(({ path }) => path.toLowerCase().normalize("NFD")).sort(), [
      "d/con",
      "e/e\u0301",
      "read.me",
    ]);
    put("d/another", "x");
    assert.deepEqual((await scanDirectory(store, vst, work)).notes, []);
  },
);

test("a gitlink stays while its directory is there and empty, and goes with it", async () => {
  const vst = new MemoryTarget();
  vst.files.set("vendor/m", { bytes: Buffer.alloc(0), hash: "", mode: "gitlink" });
  mkdirSync(join(work, "vendor/m"), { recursive: true });
  assert.equal((await scanDirectory(store, vst, work)).deleted, 0);
  put("vendor/m/file", "x");
  await scanDirectory(store, vst, work);
  assert.deepEqual(Object.keys(vst.text()), ["vendor/m/file"]);
});

test("an abort ends the scan with its own reason and leaves the old cache in place", async () => {
  for (let i = 0; i < 600; i++) put(`f${i}`, "x");
  const vst = new MemoryTarget();
  await scanDirectory(store, vst, work);
  const cacheFolder = join(store.root, "stat-cache");
  const names = readdirSync(cacheFolder);
  const reason = new Error("enough");
  const controller = new AbortController();
  controller.abort(reason);
  await assert.rejects(scanDirectory(store, vst, work, { signal: controller.signal }), reason);
  assert.deepEqual(readdirSync(cacheFolder), names);
});

test("progress counts every file", async () => {
  for (let i = 0; i < 200; i++) put(`f${i}`, "x");
  const steps: number[] = [];
  await scanDirectory(store, new MemoryTarget(), work, { onProgress: (done) => steps.push(done) });
  assert.deepEqual(steps, [0, 128, 200]);
});

/** Counts how often the working set is asked about a path. */
class AskedTarget extends MemoryTarget {
  asked = 0;
  override entry(path: string) {
    this.asked++;
    return super.entry(path);
  }
  override *entries() {
    this.asked++;
    yield* super.entries();
  }
}

test("a scan that starts from the remembered snapshot does not ask the working set about what is unchanged", async () => {
  for (const name of ["a", "b", "c/d"]) put(name, name);
  const vst = new AskedTarget();
  await scanDirectory(store, vst, work);
  await nextTick();
  await scanDirectory(store, vst, work);
  rememberScan(store, work, base);
  await nextTick();
  vst.asked = 0;
  assert.equal((await scanDirectory(store, vst, work, { base })).unchanged, 3);
  assert.equal(vst.asked, 0);
  put("b", "B");
  rmSync(join(work, "a"));
  put("e", "e");
  const result = await scanDirectory(store, vst, work, { base });
  assert.deepEqual([result.added, result.modified, result.deleted, result.unchanged], [1, 1, 1, 1]);
  assert.deepEqual(vst.text(), { b: "B", "c/d": "c/d", e: "e" });
  assert.equal(vst.asked, 0);
});

test("the remembered snapshot is believed for itself alone, and forgotten by a scan that changes something", async () => {
  put("a", "1");
  const vst = new AskedTarget();
  await scanDirectory(store, vst, work);
  await nextTick();
  await scanDirectory(store, vst, work);
  rememberScan(store, work, base);
  const other = new AskedTarget();
  const bytes = Buffer.from("x");
  other.adopt("elsewhere", hashBlob(bytes), "file", 1, bytes);
  await scanDirectory(store, other, work, { base: otherBase });
  assert.deepEqual(other.text(), { a: "1" });
  rememberScan(store, work, base);
  put("b", "2");
  await scanDirectory(store, new MemoryTarget(), work, { base });
  const fresh = new AskedTarget();
  await scanDirectory(store, fresh, work, { base });
  assert.deepEqual(fresh.text(), { a: "1", b: "2" });
});

test("a snapshot with a gitlink is not remembered: no file stands for it", async () => {
  put("a", "1");
  mkdirSync(join(work, "vendor/m"), { recursive: true });
  const vst = new MemoryTarget();
  vst.files.set("vendor/m", { bytes: Buffer.alloc(0), hash: "", mode: "gitlink" });
  await scanDirectory(store, vst, work);
  rememberScan(store, work, base);
  rmSync(join(work, "vendor"), { recursive: true });
  await scanDirectory(store, vst, work, { base });
  assert.deepEqual(Object.keys(vst.text()), ["a"]);
});

test("a change of an ignore file takes effect on files that did not change", async () => {
  put("a.log", "1");
  put("b", "1");
  const vst = new MemoryTarget();
  await scanDirectory(store, vst, work);
  await nextTick();
  await scanDirectory(store, vst, work);
  rememberScan(store, work, base);
  put(".heliosignore", "*.log\n");
  await scanDirectory(store, vst, work, { base });
  assert.deepEqual(Object.keys(vst.text()), [".heliosignore", "b"]);
});
