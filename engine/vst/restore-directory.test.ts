import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { HeliosError } from "../errors.ts";
import type { MaterializeEntry } from "./materialize.ts";
import { restoreDirectory, type RestoreOptions, type RestoreState } from "./restore-directory.ts";

type Files = Record<string, string>;

/** The content stands for its own hash; a content that starts with "->" is a symlink. */
function state(files: Files): RestoreState {
  const entries = Object.entries(files).map(([path, content]): MaterializeEntry => {
    const isLink = content.startsWith("->");
    const text = isLink ? content.slice(2) : content;
    return { path, hash: text, mode: isLink ? "symlink" : "file", sizeBytes: Buffer.byteLength(text) };
  });
  return { entries: () => entries, entry: (path) => entries.find((entry) => entry.path === path) };
}

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helios-restore-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function put(files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (content.startsWith("->")) symlinkSync(content.slice(2), join(folder, path));
    else writeFileSync(join(folder, path), content);
  }
}

function onDisk(at = ""): Files {
  const found: Files = {};
  for (const entry of readdirSync(join(folder, at), { withFileTypes: true })) {
    const path = at === "" ? entry.name : `${at}/${entry.name}`;
    const full = join(folder, path);
    if (entry.isDirectory()) Object.assign(found, onDisk(path));
    else found[path] = entry.isSymbolicLink() ? `->${readlinkSync(full)}` : readFileSync(full, "utf8");
  }
  return found;
}

/** `disk` is what a scan sees; `ignored` is there too. */
function restore(
  given: { disk: Files; saved?: Files; wanted: Files; ignored?: Files },
  options: RestoreOptions = {},
) {
  put({ ...given.disk, ...given.ignored });
  const states = {
    disk: state(given.disk),
    saved: state(given.saved ?? given.disk),
    wanted: state(given.wanted),
  };
  return restoreDirectory(folder, states, (hash) => Buffer.from(hash), options);
}

const refusedWith = (code: string) => (error: unknown) => error instanceof HeliosError && error.code === code;

test("what differs is written, what is gone is deleted with its empty directories, the rest is not touched", async () => {
  const result = await restore({
    disk: { same: "s", old: "o", "gone/deep/x": "x", "half/gone": "g" },
    wanted: { same: "s", old: "new", "fresh/y": "y", "half/kept": "k" },
    ignored: { "half/ignored": "i" },
  });
  assert.deepEqual(result, { written: 3, deleted: 2 });
  assert.deepEqual(onDisk(), {
    same: "s",
    old: "new",
    "fresh/y": "y",
    "half/kept": "k",
    "half/ignored": "i",
  });
  assert.equal(existsSync(join(folder, "gone")), false);
});

test("files, directories and symlinks take each other's places", async () => {
  const wanted = { a: "file", "b/c": "inside", "l/x": "real", d: "->b" };
  await restore({
    disk: { "a/b/c": "was a directory", b: "was a file", l: "->elsewhere", "d/x": "x" },
    wanted,
  });
  assert.deepEqual(onDisk(), wanted);
});

const losses: Record<string, Parameters<typeof restore>[0]> = {
  "a changed file that would be overwritten": { disk: { a: "mine" }, saved: { a: "1" }, wanted: { a: "2" } },
  "a changed file that would be deleted": { disk: { a: "mine" }, saved: { a: "1" }, wanted: {} },
  "a new file that would be deleted": { disk: { a: "1", mine: "m" }, saved: { a: "1" }, wanted: { a: "1" } },
  "an ignored file that would be overwritten": { disk: {}, wanted: { a: "2" }, ignored: { a: "mine" } },
};
for (const [what, given] of Object.entries(losses)) {
  test(`${what} is refused before anything happens, and given up by force`, async () => {
    const wanted = { ...given.wanted, "0-first": "x" };
    await assert.rejects(restore({ ...given, wanted }), refusedWith("UNSAVED_CHANGES"));
    assert.equal(existsSync(join(folder, "0-first")), false);
    await restore({ ...given, wanted }, { force: true });
    assert.deepEqual(onDisk(), wanted);
  });
}

test("changes that the restore does not touch are kept", async () => {
  const disk = { a: "1", mine: "changed" };
  await restore({ disk, saved: { a: "1", mine: "m" }, wanted: { a: "2", mine: "m" } }, { select: ["a"] });
  assert.deepEqual(onDisk(), { a: "2", mine: "changed" });
  await restore({ disk: {}, saved: {}, wanted: {} });
});

test("a change that is already what is wanted needs nothing", async () => {
  const result = await restore({ disk: { a: "2" }, saved: { a: "1" }, wanted: { a: "2" } });
  assert.deepEqual(result, { written: 0, deleted: 0 });
});

test("selectors bound both writing and deleting", async () => {
  const given = {
    disk: { "src/a": "1", "src/b": "1", "doc/a": "1" },
    wanted: { "src/a": "2", "doc/b": "2" },
  };
  const result = await restore(given, { select: ["src"] });
  assert.deepEqual(result, { written: 1, deleted: 1 });
  assert.deepEqual(onDisk(), { "src/a": "2", "doc/a": "1" });
});

test("an ignored file that blocks a directory, or sits in one that must go, is refused even by force", async () => {
  const blocked = { disk: {}, wanted: { "0": "x", "build/x": "x" }, ignored: { build: "mine" } };
  await assert.rejects(restore(blocked, { force: true }), refusedWith("OUTPUT_UNSAFE"));
  assert.deepEqual(onDisk(), { build: "mine" });
  rmSync(join(folder, "build"));
  const inside = { disk: { "d/x": "x" }, wanted: { d: "file" }, ignored: { "d/sub/mine": "mine" } };
  await assert.rejects(restore(inside, { force: true }), refusedWith("OUTPUT_UNSAFE"));
  assert.deepEqual(onDisk(), { "d/x": "x", "d/sub/mine": "mine" });
});

test("nothing is written through a symlinked directory that is ignored", async () => {
  const outside = mkdtempSync(join(tmpdir(), "helios-outside-"));
  try {
    const given = { disk: {}, wanted: { "d/x": "x" }, ignored: { d: `->${outside}` } };
    await assert.rejects(restore(given, { force: true }), refusedWith("OUTPUT_UNSAFE"));
    assert.deepEqual(readdirSync(outside), []);
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
});
