/**
 * Writes that fail, as the disk makes them fail: after each of them the error has a name, the working set is as it was,
 * what was acknowledged is there, and commits go on as soon as there is room.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type Durability, Helios, HeliosError, type HeliosErrorCode, type OpenOptions } from "../index.ts";
import { SeededRandom } from "../seeded-random.ts";
import { type CallSeen, interceptWrites, systemError } from "./failing-fs.fixture.ts";
import type { LimitedReport } from "./limited-writer.fixture.ts";

let root: string;
let restore: (() => void) | undefined;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "helios-failing-"))));
afterEach(() => {
  restore?.();
  restore = undefined;
  rmSync(root, { recursive: true, force: true });
});

const withCode = (code: HeliosErrorCode) => (error: unknown) => {
  assert.ok(error instanceof HeliosError, String(error));
  assert.equal(error.code, code);
  assert.notEqual(error.remedy, "");
  return true;
};
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? "nothing").toString();

/** From the n-th such call on, every one fails; the first after writing part of its bytes. */
function failFrom(call: CallSeen["call"], n: number, code: Parameters<typeof systemError>[0], part: number) {
  let calls = 0;
  restore = interceptWrites((seen) => {
    if (seen.call !== call || ++calls < n) return seen.proceed();
    if (calls === n && part > 0) return seen.proceed(part);
    throw systemError(code, call);
  });
}

/** A store with some acknowledged commits. */
async function openWithCommits(options: Omit<OpenOptions, "root">) {
  const helios = await Helios.open({ root, ...options });
  const vst = helios.checkout("main");
  const acknowledged = Array.from({ length: 5 }, (_, i) => {
    vst.write("a", `${i}`);
    return { ...vst.commit(`${i}`), content: `${i}`, commit: `c${i + 1}` };
  });
  return { helios, vst, acknowledged };
}

async function assertAcknowledged(expected: readonly { commit: string; content: string }[]): Promise<void> {
  const helios = await Helios.open({ root, create: false });
  assert.deepEqual(helios.warnings, []);
  for (const { commit, content } of expected)
    assert.equal(text(helios.read(helios.resolve(commit), "a")), content);
  assert.equal(helios.stats().commits, expected.length);
  await helios.close();
}

const refusals = [
  ["ENOSPC", "DISK_FULL"],
  ["EDQUOT", "DISK_FULL"],
  ["EFBIG", "DISK_FULL"],
  ["EIO", "STORE_FAILED"],
] as const;

for (const durability of ["process", "power"] as const satisfies readonly Durability[])
  for (const [errno, code] of refusals)
    for (const part of [0, 7])
      test(`class ${durability}: ${errno} ${part > 0 ? "after a part of" : "instead of"} a write leaves everything as it was`, async () => {
        const { helios, vst, acknowledged } = await openWithCommits({ durability });
        failFrom("writeSync", 1, errno, part);
        vst.write("a", "survives the refusal");
        vst.delete("nothing");
        for (let tries = 0; tries < 3; tries++) assert.throws(() => vst.commit("refused"), withCode(code));
        assert.equal(text(vst.read("a")), "survives the refusal");
        assert.equal(vst.changedPaths, 1);
        assert.equal(helios.refs()[0]!.commit, "c5");
        restore!();
        // There is room again.
        assert.equal(vst.commit("accepted").commit, "c6");
        await helios.close();
        await assertAcknowledged([...acknowledged, { commit: "c6", content: "survives the refusal" }]);
      });

test("a store that is left after a refused write has what was acknowledged and nothing of the refused commit", async () => {
  const { vst, helios, acknowledged } = await openWithCommits({});
  failFrom("writeSync", 1, "ENOSPC", 9);
  vst.write("a", "never acknowledged");
  assert.throws(() => vst.commit(), withCode("DISK_FULL"));
  // Closing may meet the full disk once more: it must let go of the store all the same.
  await helios.close().catch(withCode("DISK_FULL"));
  restore!();
  await assertAcknowledged(acknowledged);
});

test("a disk that does not confirm a write is believed no more: commits are refused until the store is opened again", async () => {
  const { vst, helios, acknowledged } = await openWithCommits({ durability: "power" });
  failFrom("fdatasyncSync", 1, "EIO", 0);
  vst.write("a", "perhaps on the disk");
  assert.throws(() => vst.commit(), withCode("STORE_FAILED"));
  restore!();
  restore = undefined;
  assert.throws(() => vst.commit(), withCode("STORE_FAILED"));
  assert.equal(text(vst.read("a")), "perhaps on the disk");
  await helios.close().catch(withCode("STORE_FAILED"));
  const again = await Helios.open({ root });
  for (const { commit, content } of acknowledged)
    assert.equal(text(again.read(again.resolve(commit), "a")), content);
  const next = again.checkout("main");
  next.write("a", "goes on");
  next.commit();
  await again.close();
});

test("held-back commits stay held while the disk is full, and get there when it is not", async () => {
  const { vst, helios, acknowledged } = await openWithCommits({
    consistency: { bounded: { maxCommits: 10 } },
  });
  await helios.durable();
  failFrom("writeSync", 1, "ENOSPC", 0);
  for (let i = 0; i < 4; i++) {
    vst.write("a", `held ${i}`);
    vst.commit();
  }
  await assert.rejects(async () => helios.durable(), withCode("DISK_FULL"));
  restore!();
  restore = undefined;
  await helios.durable();
  await helios.close();
  await assertAcknowledged([
    ...acknowledged,
    ...[0, 1, 2, 3].map((i) => ({ commit: `c${6 + i}`, content: `held ${i}` })),
  ]);
});

test("a failing write at any place in a seeded run loses nothing that was acknowledged", async () => {
  const random = new SeededRandom(11);
  for (let round = 0; round < 12; round++) {
    rmSync(root, { recursive: true, force: true });
    const durability = random.pick(["process", "power"] as const);
    const failAt = 1 + random.below(25);
    const errno = random.pick(refusals)[0];
    const expected: { commit: string; content: string }[] = [];
    const where = `round ${round}: ${errno} at write ${failAt}, class ${durability}`;
    const helios = await Helios.open({ root, durability });
    const vst = helios.checkout("main");
    let writes = 0;
    const [fails, part] = [1 + random.below(3), random.below(40)];
    restore = interceptWrites((seen) => {
      if (seen.call !== "writeSync") return seen.proceed();
      writes++;
      if (writes < failAt || writes >= failAt + fails) return seen.proceed();
      if (writes === failAt && part > 0) seen.proceed(part);
      throw systemError(errno, "write");
    });
    for (let i = 0; i < 20; i++) {
      vst.write("a", `${round} ${i} ${"x".repeat(random.below(300))}`);
      try {
        const { commit } = vst.commit();
        expected.push({ commit, content: text(vst.read("a")) });
      } catch (error) {
        assert.ok(error instanceof HeliosError, where);
      }
    }
    restore();
    restore = undefined;
    await helios.close();
    assert.ok(expected.length >= 20 - fails, where);
    await assertAcknowledged(expected);
  }
});

describe("a limit on the size of files (EFBIG, by the system)", () => {
  const fixture = join(import.meta.dirname, "limited-writer.fixture.ts");

  /** Runs the writer under `ulimit -f`; blocks are 1 KiB. */
  function limited(options: Record<string, unknown>, blocks: number): Promise<LimitedReport> {
    const command = `ulimit -f ${blocks}; exec "$0" "$1" "$2"`;
    const args = ["-c", command, process.execPath, fixture, JSON.stringify({ root, ...options })];
    return new Promise((resolve, reject) => {
      execFile("bash", args, (error, stdout, stderr) => {
        if (error !== null) return reject(new Error(`${error.message}\n${stderr}`));
        resolve(JSON.parse(stdout) as LimitedReport);
      });
    });
  }

  for (const l2 of ["rocksdb", "lmdb"] as const)
    test(`reached by the journal, on ${l2}: named, the working set stays, and without the limit it goes on`, async () => {
      const report = await limited({ l2, bytes: 20_000, large: false }, l2 === "lmdb" ? 4000 : 600);
      assert.equal(report.code, "DISK_FULL");
      assert.equal(report.readBack, true);
      assert.ok(report.acknowledged > 5);
      const helios = await Helios.open({ root, create: false });
      assert.equal(helios.stats().commits, report.acknowledged);
      const vst = helios.checkout("main");
      assert.equal(text(vst.read("step")), `${report.acknowledged - 1}`);
      vst.write("step", "after");
      vst.commit();
      await helios.close();
    });

  test("reached by the object store: named, and the commit after it is refused or kept, never half", async () => {
    const report = await limited({ l2: "rocksdb", bytes: 400_000, large: true }, 1500);
    assert.ok(report.code === "DISK_FULL" || report.code === "STORE_FAILED", report.code);
    assert.equal(report.readBack, true);
    const helios = await Helios.open({ root, create: false });
    assert.equal(helios.stats().commits, report.acknowledged);
    for (let i = 0; i < report.acknowledged; i++) {
      const id = helios.resolve(`c${i + 1}`);
      assert.equal(text(helios.read(id, "step")), `${i}`);
      assert.equal(helios.read(id, "content")!.length, 400_000);
    }
    await helios.close();
  });
});

test("a directory that may not be written to: refused by name for writing", async () => {
  const { helios } = await openWithCommits({});
  await helios.close();
  // Root may write anywhere, so somebody else tries.
  const uid = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const script = `
    const { Helios } = await import(${JSON.stringify(join(import.meta.dirname, "..", "index.ts"))});
    try { await Helios.open({ root: ${JSON.stringify(root)} }); console.log("opened"); }
    catch (error) { console.log(error.name, error.code, error.remedy === "" ? "" : "remedy"); }`;
  chmodSync(root, 0o555);
  try {
    const stdout = await new Promise<string>((resolve, reject) => {
      const args = ["--input-type=module", "-e", script];
      execFile(process.execPath, args, uid, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(stderr)),
      );
    });
    assert.match(stdout, /^HeliosError (STORE_FAILED|STORE_READ_ONLY) remedy$/m);
  } finally {
    chmodSync(root, 0o755);
  }
  const again = await Helios.open({ root });
  assert.equal(again.stats().commits, 5);
  await again.close();
  assert.ok(readFileSync(join(root, "journal", "00000001.log")).length > 0);
});
