/** Reads every frame and record of a journal, going on behind what is damaged. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HeliosError } from "../errors.ts";
import type { CommitTable } from "../gc/commit-table.ts";
import {
  type Frame,
  frameIn,
  MAGIC,
  offsetOf,
  type Position,
  positionOf,
  SEGMENT_HEADER_BYTES,
  segmentHeader,
} from "../journal/frame.ts";
import {
  FRAME_BYTES,
  RECORD_VERSION,
  type RecordHead,
  RecordReader,
  type RefMove,
} from "../journal/record.ts";
import { framesIn } from "../journal/segments.ts";
import { isUnfinished, isZero } from "../journal/unfinished.ts";
import type { Sequence } from "../object/ids.ts";
import type { Finding, LostCommits } from "./damage.ts";

/** The flags of a record are below this. */
const FLAGS_MAX = 7;

export interface JournalCheck {
  readonly directory: string;
  readonly table: CommitTable;
  readonly onFinding: (finding: Finding) => void;
  readonly onRefMove: (move: RefMove, position: Position) => void;
  readonly onCommit: (head: RecordHead, position: Position) => void;
  readonly onProgress: (segments: number, total: number) => void;
  /** Commits may be missing: some have been collected. */
  readonly collected: boolean;
  /** Segments that count; default: all. */
  readonly isPart?: (segment: number) => boolean;
}

export interface JournalSummary {
  segments: number;
  records: number;
  bytes: number;
  /** Behind the last sound frame. */
  end: Position;
  /** Bytes of a write that was never acknowledged. */
  unfinishedBytes: number;
  /** Commits whose records are damaged. */
  readonly lost: LostCommits[];
}

export function checkJournal(check: JournalCheck): JournalSummary {
  const summary: JournalSummary = { segments: 0, records: 0, bytes: 0, end: 0, unfinishedBytes: 0, lost: [] };
  const damage = new Damages(check, summary);
  const numbers = segmentNumbers(check.directory).filter(check.isPart ?? (() => true));
  for (const [i, segment] of numbers.entries()) {
    const path = join(check.directory, nameOf(segment));
    const expected = i === 0 ? segment : numbers[i - 1]! + 1;
    if (segment !== expected) damage.found(join(check.directory, nameOf(expected)), "the segment is missing");
    const bytes = readFileSync(path);
    summary.segments++;
    summary.bytes += bytes.length;
    checkSegment(check, summary, damage, { segment, path, bytes, isLast: i === numbers.length - 1 });
    check.onProgress(i + 1, numbers.length);
  }
  damage.upTo(Infinity);
  return summary;
}

/** Damaged bytes, told once it is known which commits were in them: when the next sound commit is met. */
class Damages {
  readonly #check: JournalCheck;
  readonly #summary: JournalSummary;
  #waiting: Finding[] = [];

  constructor(check: JournalCheck, summary: JournalSummary) {
    this.#check = check;
    this.#summary = summary;
  }

  found(where: string, problem: string): void {
    this.#waiting.push({ kind: "journal", where, code: "STORE_CORRUPT", problem });
  }

  /** The next commit that is there. Answers whether a gap in front of it is accounted for. */
  upTo(sequence: Sequence): boolean {
    if (this.#waiting.length === 0) return false;
    const lost: LostCommits = [this.#check.table.lastSequence + 1, sequence - 1];
    const some = lost[1] >= lost[0];
    if (some) this.#summary.lost.push(lost);
    for (const finding of this.#waiting) this.#check.onFinding(some ? { ...finding, lost } : finding);
    this.#waiting = [];
    return true;
  }
}

interface SegmentFile {
  readonly segment: number;
  readonly path: string;
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

function checkSegment(
  check: JournalCheck,
  summary: JournalSummary,
  damage: Damages,
  file: SegmentFile,
): void {
  const { segment, path, bytes, isLast } = file;
  summary.end = positionOf(segment, SEGMENT_HEADER_BYTES);
  if (isLast && bytes.length < SEGMENT_HEADER_BYTES) {
    // Killed between making the file and writing its header.
    summary.unfinishedBytes += bytes.length;
    return;
  }
  if (!bytes.subarray(0, SEGMENT_HEADER_BYTES).equals(segmentHeader(segment)))
    damage.found(`${path} offset 0`, headerProblem(bytes));
  for (let offset = SEGMENT_HEADER_BYTES; offset < bytes.length;) {
    for (const frame of framesIn(bytes.subarray(offset), segment, offset)) {
      checkRecord(check, summary, damage, frame, path);
      summary.end = frame.next;
    }
    offset = Math.max(offset, summary.end === 0 ? offset : offsetOf(summary.end));
    const rest = bytes.subarray(offset);
    if (isZero(rest)) return;
    const next = nextSound(rest, segment, offset);
    if (next === undefined && isLast && isUnfinished(rest, segment, offset)) {
      summary.unfinishedBytes += rest.length;
      return;
    }
    const to = next ?? bytes.length;
    damage.found(`${path} offset ${offset}`, `${to - offset} bytes are no sound record`);
    offset = to;
    summary.end = positionOf(segment, to);
  }
}

function checkRecord(
  check: JournalCheck,
  summary: JournalSummary,
  damage: Damages,
  frame: Frame,
  path: string,
): void {
  summary.records++;
  try {
    const move = RecordReader.refMove(frame.record);
    if (move !== undefined) return check.onRefMove(move, frame.position);
    const record = new RecordReader(frame.record);
    for (const operation of record.operations()) void operation;
    const { sequence, parents } = record.head;
    const { table } = check;
    const last = table.lastSequence;
    if (sequence <= last) throw contradiction(`c${sequence} follows c${last}`);
    const gapIsKnown = damage.upTo(sequence);
    if (sequence !== last + 1 && !check.collected && !gapIsKnown)
      throw contradiction(`c${sequence} follows c${last}`);
    table.add(record.head, frame);
    check.onCommit(record.head, frame.position);
    for (const parent of parents)
      if (table.indexOf(parent) < 0)
        throw contradiction(`c${sequence} has the parent c${parent}, which is not there`);
  } catch (error) {
    if (!(error instanceof HeliosError)) throw error;
    const where = `${path} offset ${offsetOf(frame.position)}`;
    check.onFinding({ kind: "record", where, code: error.code, problem: error.message });
  }
}

export function isLost(lost: readonly LostCommits[], sequence: Sequence): boolean {
  return lost.some(([first, last]) => sequence >= first && sequence <= last);
}

function nextSound(rest: Buffer, segment: number, offset: number): number | undefined {
  for (let at = 1; at + FRAME_BYTES + 1 < rest.length; at++) {
    // Every 200th place of other bytes has a length that could be: computing all those checksums would take hours.
    if (rest[at + FRAME_BYTES] !== RECORD_VERSION || rest[at + FRAME_BYTES + 1]! > FLAGS_MAX) continue;
    if (frameIn(rest, at, segment, offset) !== undefined) return offset + at;
  }
  return undefined;
}

function headerProblem(bytes: Buffer): string {
  const magic = bytes.toString("latin1", 0, MAGIC.length);
  return magic.startsWith("HELIOSJ") && magic !== MAGIC
    ? `it has journal version ${magic.slice("HELIOSJ".length)}`
    : "its header is damaged";
}

export function segmentNumbers(directory: string): number[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .flatMap((name) => /^(\d{8})\.log$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function nameOf(segment: number): string {
  return `${String(segment).padStart(8, "0")}.log`;
}

function contradiction(problem: string): HeliosError {
  return new HeliosError("STORE_CORRUPT", problem, "Restore the store from a copy.");
}
