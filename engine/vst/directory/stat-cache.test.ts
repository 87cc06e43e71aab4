import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { hashBlob } from "../../object/hash.ts";
import { type FileStat, NOT_STORED, StatCache } from "./stat-cache.ts";
import {
  type CacheHead,
  loadStatCache,
  patchStatCache,
  rememberState,
  replaceStatCache,
  stateOf,
} from "./stat-cache-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helios-stat-cache-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const stat: FileStat = { size: 1, mtimeMs: 999, ctimeMs: 999, ino: 7, mode: 0o100644 };
const head: CacheHead = { beganMs: 1000, policy: 1, state: undefined };
const state = Buffer.alloc(32, 0xab);
const hashFor = (text: string) => hashBlob(Buffer.from(text));

/** The top with two files and a directory "größe" with one. */
function twoDirectories(): StatCache {
  const cache = StatCache.allocate({ directories: 2, files: 3, nameBytes: 3, pathBytes: 7 });
  cache.directories.firstFile.set([0, 2, 3]);
  cache.directories.firstDirectory.set([1, 2, 2]);
  cache.directories.pathStart.set([0, 0, 7]);
  cache.writePath(0, "größe");
  for (const [file, name] of ["a", "b", "c"].entries()) {
    cache.files.nameStart[file] = file;
    cache.writeName(file, name);
    cache.setFile(file, stat, hashFor(name));
  }
  cache.files.nameStart[3] = 3;
  for (const directory of [0, 1]) cache.setDirectory(directory, { ...stat, ino: 100 + directory });
  return cache;
}

function saved(cache = twoDirectories(), withHead = head): StatCache {
  replaceStatCache(join(folder, "x"), cache, withHead);
  return loadStatCache(join(folder, "x")) ?? assert.fail("the cache was not loaded");
}

test("what is saved is what is loaded", () => {
  const cache = saved();
  assert.deepEqual([cache.directoryCount, cache.fileCount, cache.policy, cache.beganMs], [2, 3, 1, 1000]);
  assert.deepEqual(
    [0, 1, 2].map((file) => cache.pathOf(file)),
    ["a", "b", "größe/c"],
  );
  assert.deepEqual(Buffer.from(cache.hashOf(2)), Buffer.from(hashFor("c")));
  assert.deepEqual(readdirSync(folder), ["x"]);
});

test("a file is trusted only when every stat field agrees and its times lie before the scan", () => {
  const before = twoDirectories();
  const late = { ...stat, mtimeMs: 1000 };
  before.setFile(1, late, hashFor("b"));
  const cache = saved(before);
  assert.equal(cache.isUnchanged(0, stat), true);
  assert.equal(cache.isUnchanged(1, late), false);
  for (const change of [{ size: 2 }, { mtimeMs: 998 }, { ctimeMs: 998 }, { ino: 8 }, { mode: 0o100755 }]) {
    assert.equal(cache.isUnchanged(0, { ...stat, ...change }), false, JSON.stringify(change));
  }
});

test("a directory has its names as long as its times and inode agree and lie before the scan", () => {
  const before = twoDirectories();
  before.setDirectory(1, { ...stat, ino: 101, ctimeMs: 1000 });
  const cache = saved(before);
  assert.equal(cache.hasSameNames(0, { ...stat, ino: 100 }), true);
  assert.equal(cache.hasSameNames(0, { ...stat, ino: 100, mtimeMs: 1 }), false);
  assert.equal(cache.hasSameNames(0, { ...stat, ino: 99 }), false);
  assert.equal(
    cache.hasSameNames(1, { ...stat, ino: 101, ctimeMs: 1000 }),
    false,
    "changed as the scan began",
  );
});

test("an ignore file that is only obeyed keeps its mode beside the mark", () => {
  const before = twoDirectories();
  before.files.modes[0] = stat.mode | NOT_STORED;
  const cache = saved(before);
  assert.equal(cache.isStored(0), false);
  assert.equal(cache.isStored(1), true);
  assert.equal(cache.isUnchanged(0, stat), true);
});

test("a patch changes the entries it names and nothing else", () => {
  const cache = saved();
  cache.setFile(1, { ...stat, size: 5 }, hashFor("B"));
  cache.setDirectory(0, { ...stat, ino: 55 });
  const changed = [
    { kind: "file", index: 1 },
    { kind: "directory", index: 0 },
  ] as const;
  assert.ok(patchStatCache(join(folder, "x"), cache, { ...head, beganMs: 2000 }, changed) !== undefined);
  const patched = loadStatCache(join(folder, "x")) ?? assert.fail("the patched cache was not loaded");
  assert.equal(patched.beganMs, 2000);
  assert.equal(patched.isUnchanged(1, { ...stat, size: 5 }), true);
  assert.equal(patched.hasSameNames(0, { ...stat, ino: 55 }), true);
  assert.equal(patched.isUnchanged(0, stat), true);
  assert.deepEqual(Buffer.from(patched.hashOf(1)), Buffer.from(hashFor("B")));
});

test("a patch of a file that another process has replaced, or removed, is not made", () => {
  const cache = saved();
  const other = twoDirectories();
  other.setFile(0, { ...stat, size: 77 }, hashFor("other"));
  replaceStatCache(join(folder, "x"), other, head);
  const theirs = readFileSync(join(folder, "x"));
  cache.setFile(1, { ...stat, size: 5 }, hashFor("B"));
  assert.equal(patchStatCache(join(folder, "x"), cache, head, [{ kind: "file", index: 1 }]), undefined);
  assert.deepEqual(readFileSync(join(folder, "x")), theirs);
  rmSync(join(folder, "x"));
  assert.equal(patchStatCache(join(folder, "x"), cache, head, [{ kind: "file", index: 1 }]), undefined);
});

test("a patch that was cut off anywhere leaves a cache that is not believed", () => {
  saved();
  const before = readFileSync(join(folder, "x"));
  const cache = loadStatCache(join(folder, "x")) ?? assert.fail("not loaded");
  cache.setFile(1, { ...stat, size: 5 }, hashFor("B"));
  patchStatCache(join(folder, "x"), cache, head, [{ kind: "file", index: 1 }]);
  const after = readFileSync(join(folder, "x"));
  // The check is cleared first and written last: every state in between has neither check.
  for (const cut of [64, 128, 200, 300, after.length]) {
    const torn = Buffer.concat([after.subarray(0, cut), before.subarray(cut)]);
    torn.fill(0, 32, 64);
    writeFileSync(join(folder, "x"), torn);
    assert.equal(loadStatCache(join(folder, "x")), undefined);
  }
});

test("a state is remembered for the very cache it was found with", () => {
  const check = replaceStatCache(join(folder, "x"), twoDirectories(), head);
  assert.equal(stateOf(saved()), undefined);
  rememberState(join(folder, "x"), Buffer.alloc(32), state);
  assert.equal(stateOf(loadStatCache(join(folder, "x"))!), undefined, "another check");
  rememberState(join(folder, "x"), check, state);
  assert.deepEqual(stateOf(loadStatCache(join(folder, "x"))!), state);
  const never = replaceStatCache(join(folder, "x"), twoDirectories(), { ...head, state: "never" });
  rememberState(join(folder, "x"), never, state);
  assert.equal(stateOf(loadStatCache(join(folder, "x"))!), undefined);
});

test("no flipped byte and no cut is believed", () => {
  saved();
  const good = readFileSync(join(folder, "x"));
  for (let at = 0; at < good.length; at += 3) {
    const isState = at >= 64 && at < 128;
    const bad = Buffer.from(good);
    bad[at]! ^= 0x10;
    writeFileSync(join(folder, "x"), bad);
    const loaded = loadStatCache(join(folder, "x"));
    if (isState) assert.equal(stateOf(loaded!), undefined);
    else assert.equal(loaded, undefined, `byte ${at}`);
  }
  for (let length = 0; length < good.length; length += 7) {
    writeFileSync(join(folder, "x"), good.subarray(0, length));
    assert.equal(loadStatCache(join(folder, "x")), undefined, `${length} bytes`);
  }
});

test("offsets that lead out of their column are refused, whatever the check says", () => {
  const damages: ((cache: StatCache) => void)[] = [
    (cache) => (cache.directories.firstFile[1] = 9),
    (cache) => (cache.directories.firstFile[2] = 2),
    (cache) => (cache.directories.firstDirectory[0] = 0),
    (cache) => (cache.directories.firstDirectory[1] = 1),
    (cache) => (cache.directories.pathStart[2] = 8),
    (cache) => (cache.files.nameStart[1] = 4_000_000_000),
  ];
  for (const damage of damages) {
    const cache = twoDirectories();
    damage(cache);
    replaceStatCache(join(folder, "x"), cache, head);
    assert.equal(loadStatCache(join(folder, "x")), undefined, damage.toString());
  }
});
