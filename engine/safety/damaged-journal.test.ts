/**
 * The end of a store's journal, cut at every byte and flipped in every byte: the store opens with every commit in front
 * of the damage, or is refused with file and offset; never with another content, never with an error without a name.
 * HELIOS_SAFETY_LONG=1 goes through all bytes of more records.
 */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Helios, HeliosError } from "../index.ts";
import { frameIn, SEGMENT_HEADER_BYTES } from "../journal/frame.ts";
import { FRAME_BYTES } from "../journal/record.ts";
import { SeededRandom } from "../seeded-random.ts";

const long = process.env["HELIOS_SAFETY_LONG"] !== undefined;
/** Commits behind the checkpoint, each in a record of its own. */
const TAIL = 8;
const DAMAGED = long ? 6 : 2;

let home: string;
let root: string;
let file: string;
let sound: Buffer;
/** Where the frame of each commit begins, and where the last one ends. */
let starts: number[];
const content = (i: number) => `${i} `.repeat(1 + (i % 3));
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? "nothing").toString();

before(async () => {
  home = mkdtempSync(join(tmpdir(), "helios-damaged-"));
  const made = join(home, "made");
  const helios = await Helios.open({ root: made, l2: "lmdb" });
  const vst = helios.checkout("main");
  const commit = (i: number): void => {
    vst.write("a", content(i));
    vst.commit(`${i}`, { timeMs: 1000 + i });
  };
  for (let i = 1; i <= 4; i++) commit(i);
  await helios.checkpoint();
  for (let i = 5; i <= 4 + TAIL; i++) commit(i);
  await helios.close();
  root = join(home, "store");
  cpSync(made, root, { recursive: true });
  file = join(root, "journal", "00000001.log");
  sound = readFileSync(file);
  starts = [SEGMENT_HEADER_BYTES];
  for (let at = SEGMENT_HEADER_BYTES; at < sound.length; starts.push(at))
    at += FRAME_BYTES + frameIn(sound, at, 1, 0)!.length;
  assert.equal(starts.length, 4 + TAIL + 1);
});
after(() => rmSync(home, { recursive: true, force: true }));

/** A fresh copy with this journal. Object stores are written to when they are opened. */
function damage(journal: Buffer): void {
  rmSync(root, { recursive: true, force: true });
  cpSync(join(home, "made"), root, { recursive: true });
  writeFileSync(file, journal);
}

/** Commits whose frames end at or before this place. */
const wholeBefore = (place: number) => starts.filter((start) => start <= place).length - 1;

/** Opens; answers how many commits are there, all with their content, and that the next one works. */
async function commitsThere(where: string): Promise<{ commits: number; warnings: readonly string[] }> {
  const helios = await Helios.open({ root, create: false });
  const { commits } = helios.stats();
  for (let i = 1; i <= commits; i++)
    assert.equal(text(helios.read(helios.resolve(`c${i}`), "a")), content(i), `${where}: c${i}`);
  assert.equal(helios.refs()[0]?.commit, `c${commits}`, where);
  const vst = helios.checkout("main");
  vst.write("a", "next");
  assert.equal(vst.commit().commit, `c${commits + 1}`, where);
  await helios.close();
  const again = await Helios.open({ root, create: false });
  assert.equal(text(again.read(again.resolve("main"), "a")), "next", where);
  await again.close();
  return { commits, warnings: helios.warnings };
}

test("cut at every byte of its last records, the journal has all commits that are whole", async () => {
  for (let size = starts.at(-1 - DAMAGED)!; size <= sound.length; size++) {
    damage(sound.subarray(0, size));
    const { commits, warnings } = await commitsThere(`cut to ${size} bytes`);
    assert.equal(commits, wholeBefore(size), `cut to ${size} bytes`);
    assert.deepEqual(warnings, [], "what a killed writer leaves is nothing to tell");
  }
});

test("cut in front of the checkpoint, it is refused, and named", async () => {
  for (const size of [0, 10, starts[1]!, starts[4]! - 1]) {
    damage(sound.subarray(0, size));
    await assert.rejects(
      Helios.open({ root, create: false }),
      (error) =>
        error instanceof HeliosError &&
        error.code === "STORE_CORRUPT" &&
        error.message.includes("00000001.log"),
      `cut to ${size} bytes`,
    );
  }
});

test("with a bit flipped in any byte of its last records, the commits in front are there, and the damage is named", async () => {
  const random = new SeededRandom(5);
  let [refused, warned] = [0, 0];
  for (let at = starts.at(-1 - DAMAGED)!; at < sound.length; at++) {
    const flipped = Buffer.from(sound);
    const bit = random.below(8);
    flipped[at]! ^= 1 << bit;
    damage(flipped);
    const where = `byte ${at} bit ${bit}`;
    try {
      const { commits, warnings } = await commitsThere(where);
      // Only where nothing sound stands behind the damage can the journal be gone on with.
      assert.equal(commits, wholeBefore(at), where);
      assert.match(warnings.join(), new RegExp(`offset ${starts.at(-2)} on, are damaged`), where);
      warned++;
    } catch (error) {
      assert.ok(error instanceof HeliosError && error.code === "STORE_CORRUPT", `${where}: ${String(error)}`);
      assert.match(error.message, /00000001\.log is damaged at offset \d+$/, where);
      refused++;
    }
  }
  assert.ok(refused > 20 && warned > 20, `${refused} refused, ${warned} warned`);
});

test("what was cut off and may have been a commit is kept beside the journal", async () => {
  const flipped = Buffer.from(sound);
  const last = starts.at(-2)!;
  flipped[last + 20]! ^= 1;
  damage(flipped);
  const { warnings } = await commitsThere("the last record");
  const kept = `${file}.cut-${last}`;
  assert.ok(warnings[0]!.includes(kept));
  assert.deepEqual(readFileSync(kept), flipped.subarray(last));
});
