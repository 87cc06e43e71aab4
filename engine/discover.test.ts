import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { discoverStore } from "./discover.ts";

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "helios-discover-")));
  mkdirSync(join(folder, "work/deep/er"), { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("a flag beats the environment, which beats what is found", () => {
  const from = join(folder, "work");
  mkdirSync(join(from, ".helios"));
  mkdirSync(join(folder, "e"));
  const flag = join(folder, "f");
  const environment = join(folder, "e");
  assert.deepEqual(discoverStore({ flag, environment, from }), {
    root: flag,
    source: "flag",
    foundIn: undefined,
    exists: false,
  });
  assert.deepEqual(discoverStore({ environment, from }), {
    root: environment,
    source: "environment",
    foundIn: undefined,
    exists: true,
  });
  assert.deepEqual(discoverStore({ from }), {
    root: join(from, ".helios"),
    source: "discovered",
    foundIn: from,
    exists: true,
  });
});

test("empty values count as unset", () => {
  const from = join(folder, "work");
  assert.equal(discoverStore({ flag: "", environment: "", from }).source, "default");
});

test("the nearest .helios at or above is found, and a file of that name is not one", () => {
  mkdirSync(join(folder, ".helios"));
  mkdirSync(join(folder, "work/.helios"));
  writeFileSync(join(folder, "work/deep/.helios"), "");
  const found = discoverStore({ from: join(folder, "work/deep/er") });
  assert.deepEqual(found, {
    root: join(folder, "work/.helios"),
    source: "discovered",
    foundIn: join(folder, "work"),
    exists: true,
  });
});

test("with none above, it is .helios in the directory itself", () => {
  const from = join(folder, "work/deep");
  assert.deepEqual(discoverStore({ from }), {
    root: join(from, ".helios"),
    source: "default",
    foundIn: from,
    exists: false,
  });
});

test("a symlinked .helios is followed, so that two ways to a store name one store", () => {
  mkdirSync(join(folder, "shared"));
  symlinkSync(join(folder, "shared"), join(folder, "work/.helios"));
  const found = discoverStore({ from: join(folder, "work/deep") });
  assert.deepEqual(found, {
    root: join(folder, "shared"),
    source: "discovered",
    foundIn: join(folder, "work"),
    exists: true,
  });
  assert.equal(
    discoverStore({ flag: join(folder, "work/.helios"), from: folder }).root,
    join(folder, "shared"),
  );
});

test("a symlink to a directory that is yet to be made says where that will be", () => {
  symlinkSync("../later", join(folder, "work/.helios"));
  const found = discoverStore({ from: join(folder, "work/deep") });
  assert.deepEqual(found, {
    root: join(folder, "later"),
    source: "discovered",
    foundIn: join(folder, "work"),
    exists: false,
  });
});

test("relative names are taken from the current directory", () => {
  mkdirSync(join(folder, "s"));
  assert.equal(
    discoverStore({ flag: relative(process.cwd(), join(folder, "s")), from: folder }).root,
    join(folder, "s"),
  );
});
