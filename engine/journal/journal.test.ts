import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { HeliosError, type HeliosErrorCode } from "../errors.ts";
import {
  FileJournal,
  type FileJournalOptions,
  FIRST_POSITION,
  type Journal,
  JournalFollower,
  MemoryJournal,
  SEGMENT_HEADER_BYTES,
} from "./journal.ts";
import { FRAME_BYTES } from "./record.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "helios-journal-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (overrides: Partial<FileJournalOptions> = {}) =>
  FileJournal.open({
    directory,
    syncEachAppend: false,
    checkpoint: FIRST_POSITION,
    ...overrides,
  });
const framed = (text: string) => Buffer.concat([Buffer.alloc(FRAME_BYTES), Buffer.from(text)]);
const texts = (journal: Journal, from = FIRST_POSITION) =>
  Array.from(journal.scan(from), (frame) => frame.record.toString());
const segment = (n = 1) => join(directory, `${String(n).padStart(8, "0")}.log`);
const withCode = (code: HeliosErrorCode) => (error: unknown) =>
  error instanceof HeliosError && error.code === code;

for (const [name, make] of [
  ["file", () => open()],
  ["file, synced", () => open({ syncEachAppend: true })],
  ["memory", () => new MemoryJournal()],
] as const)
  describe(`${name} journal`, () => {
    test("gives back what was appended, by position and in order", () => {
      const journal = make();
      const positions = ["one", "two", "three"].map((text) => journal.append(framed(text)));
      assert.equal(journal.read(positions[1]!).record.toString(), "two");
      assert.equal(journal.read(positions[1]!).next, positions[2]);
      assert.deepEqual(texts(journal), ["one", "two", "three"]);
      assert.deepEqual(texts(journal, positions[2]), ["three"]);
      assert.deepEqual(texts(journal, journal.end), []);
      journal.sync();
      journal.close();
    });
  });

test("a reopened journal goes on where it ended", () => {
  const first = open();
  first.append(framed("one"));
  first.close();
  const second = open();
  second.append(framed("two"));
  assert.deepEqual(texts(second), ["one", "two"]);
  second.close();
});

test("a full segment is followed by the next, and reading crosses over", () => {
  const journal = open({ segmentFullBytes: 40 });
  const positions = Array.from({ length: 9 }, (_, i) => journal.append(framed(`record ${i}`)));
  assert.ok(positions.at(-1)! > 2 ** 33);
  assert.deepEqual(texts(journal).length, 9);
  let frame = journal.read(positions[0]!);
  for (let i = 1; i < 9; i++) {
    frame = journal.read(frame.next);
    assert.equal(frame.record.toString(), `record ${i}`);
  }
  journal.close();
  const again = open();
  assert.deepEqual(texts(again).length, 9);
  again.close();
});

test("a last record cut at any byte is cut off; all before it stays", () => {
  const journal = open();
  journal.append(framed("first"));
  const whole = statSync(segment()).size;
  journal.append(framed("the last record"));
  journal.close();
  const bytes = readFileSync(segment());
  for (let size = whole; size < bytes.length; size++) {
    writeFileSync(segment(), bytes.subarray(0, size));
    const again = open();
    assert.deepEqual(texts(again), ["first"], `cut to ${size} bytes`);
    again.append(framed("next"));
    assert.deepEqual(texts(again), ["first", "next"]);
    again.close();
  }
});

test("an incomplete last record that holds a copy of sound frames is cut off, not taken for damage", () => {
  const journal = open();
  journal.append(framed("first"));
  journal.append(framed("second"));
  journal.close();
  const sound = readFileSync(segment()).subarray(SEGMENT_HEADER_BYTES);
  const again = open();
  again.append(Buffer.concat([Buffer.alloc(FRAME_BYTES), sound, Buffer.from("and more")]));
  again.close();
  truncateSync(segment(), statSync(segment()).size - 1);
  const third = open();
  assert.deepEqual(texts(third), ["first", "second"]);
  third.close();
});

test("a flipped bit in front of a sound record is damage, named with its offset", () => {
  const journal = open();
  for (const text of ["first", "second", "third"]) journal.append(framed(text));
  journal.close();
  const bytes = readFileSync(segment());
  for (let at = SEGMENT_HEADER_BYTES + FRAME_BYTES; at < SEGMENT_HEADER_BYTES + FRAME_BYTES + 5; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 1;
    writeFileSync(segment(), damaged);
    assert.throws(
      () => open(),
      (error) => withCode("STORE_CORRUPT")(error) && /offset 16\b/.test((error as Error).message),
    );
  }
});

test("a damaged length is found by the sound record behind it", () => {
  const journal = open();
  for (const text of ["first", "second"]) journal.append(framed(text));
  journal.close();
  const bytes = readFileSync(segment());
  bytes[SEGMENT_HEADER_BYTES + 3] = 0x7f;
  writeFileSync(segment(), bytes);
  assert.throws(() => open(), withCode("STORE_CORRUPT"));
});

test("reading changes nothing, not even an incomplete last record", () => {
  const journal = open();
  journal.append(framed("one"));
  journal.close();
  appendFileSync(segment(), Buffer.from([9, 9, 9]));
  const size = statSync(segment()).size;
  const reader = new JournalFollower(directory, FIRST_POSITION);
  assert.deepEqual(texts(reader), ["one"]);
  reader.close();
  assert.equal(statSync(segment()).size, size);
});

test("a journal shorter than its checkpoint is damage", () => {
  const journal = open();
  journal.append(framed("one"));
  const { end } = journal;
  journal.close();
  truncateSync(segment(), (end % 2 ** 32) - 1);
  assert.throws(
    () => FileJournal.open({ directory, syncEachAppend: false, checkpoint: end }),
    withCode("STORE_CORRUPT"),
  );
});

test("a missing segment and a damaged header are damage", () => {
  const journal = open({ segmentFullBytes: 20 });
  for (let i = 0; i < 4; i++) journal.append(framed(`record ${i}`));
  journal.close();
  rmSync(segment(2));
  const again = open();
  assert.throws(() => texts(again), withCode("STORE_CORRUPT"));
  again.close();
  const bytes = readFileSync(segment(1));
  bytes[9]! ^= 1;
  writeFileSync(segment(1), bytes);
  const third = open();
  assert.throws(() => texts(third), withCode("STORE_CORRUPT"));
  third.close();
});

test("another journal version is refused by name", () => {
  open().close();
  const bytes = readFileSync(segment());
  bytes.write("HELIOSJ2", 0, "latin1");
  writeFileSync(segment(), bytes);
  assert.throws(
    () => open(),
    (error) => withCode("STORE_FORMAT")(error) && /version 2/.test((error as Error).message),
  );
});

test("a closed journal takes no more records", () => {
  const journal = open();
  journal.close();
  assert.throws(() => journal.append(framed("late")), withCode("STORE_CLOSED"));
});
