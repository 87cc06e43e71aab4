import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { offsetOf, sealFrame, SEGMENT_HEADER_BYTES, segmentHeader } from "../journal/frame.ts";
import { FileJournal, FIRST_POSITION, JournalFollower } from "../journal/journal.ts";
import { FRAME_BYTES } from "../journal/record.ts";
import { scratchDirectory } from "./scratch.fuzz.ts";
import { type FuzzTarget, unlessRefused } from "./target.fuzz.ts";

const SEGMENT = 1;
const REFUSALS = ["STORE_CORRUPT", "STORE_FORMAT"];

/** A segment file. It is refused, or opens with some of its first frames and goes on behind them. */
export const journalTarget: FuzzTarget = {
  name: "journal",
  generate(random) {
    const parts = [segmentHeader(SEGMENT)];
    let offset = SEGMENT_HEADER_BYTES;
    for (let i = random.below(5); i >= 0; i--) {
      const frame = Buffer.concat([Buffer.alloc(FRAME_BYTES), random.bytes(1 + random.below(60))]);
      sealFrame(frame, SEGMENT, offset);
      parts.push(frame);
      offset += frame.length;
    }
    // Space that class power allocates ahead.
    if (random.chance(0.3)) parts.push(Buffer.alloc(random.below(100)));
    return Buffer.concat(parts);
  },
  repair(input) {
    const copy = Buffer.concat([segmentHeader(SEGMENT), input.subarray(SEGMENT_HEADER_BYTES)]);
    for (let at = SEGMENT_HEADER_BYTES; at + FRAME_BYTES < copy.length;) {
      const end = at + FRAME_BYTES + copy.readUInt32LE(at);
      if (end > copy.length || end === at + FRAME_BYTES) break;
      sealFrame(copy.subarray(at, end), SEGMENT, at);
      at = end;
    }
    return copy;
  },
  check(input) {
    const home = scratchDirectory("journal");
    const file = join(home, "00000001.log");
    writeFileSync(file, input);
    follow(home);
    const opened = unlessRefused(() => open(home), REFUSALS);
    rmSync(join(home, "00000002.log"), { force: true });
    if (opened === undefined) return;
    const before = recordsOf(opened, input);
    opened.append(Buffer.concat([Buffer.alloc(FRAME_BYTES), Buffer.from("one more")]));
    opened.close();
    const again = open(home);
    const after = [...again.scan(FIRST_POSITION)].map(({ record }) => record.toString("hex"));
    again.close();
    assert.deepEqual(after, [...before, Buffer.from("one more").toString("hex")]);
  },
};

function open(directory: string): FileJournal {
  return FileJournal.open({ directory, syncEachAppend: false, checkpoint: FIRST_POSITION });
}

/** What is read is what stands in the file, one frame behind the other. */
function recordsOf(journal: FileJournal, input: Buffer): string[] {
  let at = SEGMENT_HEADER_BYTES;
  return [...journal.scan(FIRST_POSITION)].map(({ position, record }) => {
    assert.equal(offsetOf(position), at);
    assert.ok(record.equals(input.subarray(at + FRAME_BYTES, at + FRAME_BYTES + record.length)));
    at += FRAME_BYTES + record.length;
    return record.toString("hex");
  });
}

/** A reader beside the writer stops in front of what is not whole, and refuses no more than the writer does. */
function follow(directory: string): void {
  const follower = new JournalFollower(directory, FIRST_POSITION);
  unlessRefused(() => [...follower.scan(FIRST_POSITION)], REFUSALS);
  follower.close();
}
