/** What threads do with a directory is what one thread does. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { HeliosError } from "../../errors.ts";
import { Helios } from "../../helios.ts";
import { rememberScan, scanDirectory } from "../scan.ts";
import { beginScan } from "./begin-scan.ts";
import { DIFFERENT, SAME, StatSweep } from "./stat-sweep.ts";

const FILES = 2500;

let folder = "";
let work = "";
before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "helios-threads-")));
  work = join(folder, "work");
  for (let i = 0; i < FILES; i++) {
    const place = join(work, `d${i % 11}`, `e${i % 3}`);
    if (i < 33) mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `f${i}`), `${i}`, { mode: i % 5 === 0 ? 0o755 : 0o644 });
    // Long ago, so that a cache may believe it.
    utimesSync(join(place, `f${i}`), 1e9, 1e9);
  }
  symlinkSync("d0", join(work, "link"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const paths = (vst: { list(): readonly { path: string; hash: string; mode: string; sizeBytes: number }[] }) =>
  vst.list().map(({ path, hash, mode, sizeBytes }) => `${path} ${hash} ${mode} ${sizeBytes}`);

test("contents that threads store are those that one thread stores, and are there after the commit", async () => {
  const listings: string[][] = [];
  for (const threads of [0, 2]) {
    const root = join(folder, `store-${threads}`);
    let helios = await Helios.open({ root });
    const vst = helios.checkout("main");
    const result = await scanDirectory({ root }, vst, work, { threads });
    assert.deepEqual([result.added, result.rehashed], [FILES + 1, FILES + 1]);
    const { id } = vst.commit();
    rememberScan({ root }, work, id);
    await helios.close();
    helios = await Helios.open({ root });
    listings.push(paths(helios.checkout("main")));
    assert.equal(Buffer.from(helios.read(id, "d7/e0/f18")!).toString(), "18");
    await helios.close();
  }
  assert.deepEqual(listings[1], listings[0]);
});

test("a thread that looks at files comes to the verdicts of the calling one", async () => {
  const root = join(folder, "store-0");
  const { sweep: alone } = beginScan({ root }, work);
  const { cache } = alone;
  const changed = join(work, "d3", "e0", "f3");
  writeFileSync(changed, "changed");
  await alone.run(async () => {});
  const shared = new StatSweep(cache, work, 1);
  await sleep(400);
  await shared.run(async () => {});
  let differing = 0;
  for (let directory = 0; directory < cache.directoryCount; directory++) {
    assert.equal(shared.ofDirectory(directory), alone.ofDirectory(directory));
    const [first, end] = [
      cache.directories.firstFile[directory]!,
      cache.directories.firstFile[directory + 1]!,
    ];
    for (let file = first; file < end; file++) {
      assert.equal(shared.ofFile(directory, file), alone.ofFile(directory, file));
      const isChanged = join(work, cache.pathOf(file)) === changed;
      if (isChanged) assert.equal(shared.ofFile(directory, file), DIFFERENT);
      if (shared.ofFile(directory, file) !== SAME) differing++;
    }
  }
  assert.ok(differing < FILES / 10, `${differing} differ`);
});

test("a thread that cannot be started, or ends at once, leaves the work to the calling one", async () => {
  const { sweep } = beginScan({ root: join(folder, "store-0") }, work);
  const ended = new StatSweep(sweep.cache, work, 1);
  ended.stop();
  await ended.run(async () => {});
  for (let file = 0; file < sweep.cache.fileCount; file++)
    assert.notEqual(ended.ofFile(sweep.cache.directoryOf(file), file), 0);
});

test(
  "a file that a thread cannot read ends the scan by name, and nothing is recorded",
  { skip: process.platform === "win32" },
  async () => {
    const root = join(folder, "store-unreadable");
    const secret = join(work, "d5", "e1", "secret");
    writeFileSync(secret, "x");
    chmodSync(secret, 0o000);
    const helios = await Helios.open({ root });
    const isRoot = process.getuid?.() === 0;
    if (isRoot) {
      execFileSync("chown", ["-R", "65534", folder]);
      process.seteuid?.(65534);
    }
    try {
      await assert.rejects(
        scanDirectory({ root }, helios.checkout("main"), work, { threads: 2 }),
        (error) =>
          error instanceof HeliosError && error.code === "DIRECTORY_UNREADABLE" && error.path === secret,
      );
      assert.deepEqual(helios.log(), []);
    } finally {
      if (isRoot) process.seteuid?.(0);
      await helios.close();
      rmSync(secret);
    }
  },
);
