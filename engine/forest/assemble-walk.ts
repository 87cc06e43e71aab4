/**
 * The walk of a whole directory from the pieces that threads walked, in the form in which one thread would have found
 * it (breadth first), so that the stat cache can be made from it.
 */
import { FileRecords, GONE, OBEYED_ONLY, READ, UNSTABLE } from "../vst/directory/file-records.ts";
import type { FileStat } from "../vst/directory/stat-cache.ts";
import type { Visit, WalkResult } from "../vst/directory/tree-walk.ts";
import { IgnoreRules, LazyRules } from "../vst/ignore-files.ts";
import { DIRECTORY_NUMBERS, type FoundFiles, parted, type Piece } from "./import-tasks.ts";

/** A directory as it was found. */
interface Found {
  readonly path: string;
  readonly piece: OpenedPiece;
  /** Its place among the numbers of its piece. */
  readonly at: number;
  readonly names: readonly string[];
  /** Number of its first file in the piece. */
  readonly firstFile: number;
  readonly inner: readonly string[];
}

/** O(files), about 1 us each. */
export function assembleWalk(pieces: readonly Piece[]): WalkResult {
  const found = new Map<string, Found>();
  for (const piece of pieces) for (const directory of foundIn(piece)) found.set(directory.path, directory);
  const records = new FileRecords();
  const visits: Visit[] = [];
  const order = [""];
  for (let at = 0; at < order.length; at++) {
    const directory = found.get(order[at]!)!;
    visits.push(visitOf(directory, records, at, order.length));
    order.push(...directory.inner);
  }
  return {
    visits,
    records,
    recordOfKnown: new Map(),
    kept: new Uint8Array(0),
    unchanged: 0,
    skipped: pieces.flatMap((piece) => piece.found.skipped),
  };
}

/** Files that are stored. */
export function filesRead({ records }: WalkResult): number {
  let files = 0;
  for (let record = 0; record < records.count; record++) {
    const fate = records.fateOf(record);
    if (fate === READ || fate === UNSTABLE) files++;
  }
  return files;
}

/** The columns of a piece, with what became of its files. */
interface OpenedPiece {
  readonly found: FoundFiles;
  readonly fates: Uint8Array;
  readonly lengths: Float64Array;
  readonly stats: Float64Array;
  readonly hashes: Uint8Array;
}

function opened({ found, reads }: Piece): OpenedPiece {
  const { stats } = found;
  const files = stats.length / 5;
  // Whatever nobody answers for is taken as gone: it is looked for again next time.
  const fates = new Uint8Array(files).fill(GONE);
  const lengths = new Float64Array(files);
  const hashes = new Uint8Array(32 * files);
  for (const file of found.obeyedOnly) fates[file] = OBEYED_ONLY;
  for (const read of reads)
    for (const [i, file] of read.records.entries()) {
      fates[file] = read.fates[i]!;
      lengths[file] = read.lengths[i]!;
      hashes.set(read.hashes.subarray(32 * i, 32 * i + 32), 32 * file);
      if (!Number.isNaN(read.stats[5 * i]!)) stats.set(read.stats.subarray(5 * i, 5 * i + 5), 5 * file);
    }
  return { found, fates, lengths, stats, hashes };
}

function* foundIn(piece: Piece): Generator<Found> {
  const columns = opened(piece);
  const { directories, directoryNumbers, names, inner, stats } = piece.found;
  const allNames = parted(names, stats.length / 5);
  const allInner = parted(inner, sumOf(directoryNumbers, 1));
  let [firstFile, firstInner] = [0, 0];
  for (const [i, path] of directories.split("\0").entries()) {
    const at = DIRECTORY_NUMBERS * i;
    const endFile = firstFile + directoryNumbers[at]!;
    const endInner = firstInner + directoryNumbers[at + 1]!;
    yield {
      path,
      piece: columns,
      at,
      names: allNames.slice(firstFile, endFile),
      firstFile,
      inner: allInner.slice(firstInner, endInner),
    };
    [firstFile, firstInner] = [endFile, endInner];
  }
}

function sumOf(numbers: Float64Array, column: number): number {
  let sum = 0;
  for (let at = column; at < numbers.length; at += DIRECTORY_NUMBERS) sum += numbers[at]!;
  return sum;
}

function visitOf(directory: Found, records: FileRecords, at: number, firstInside: number): Visit {
  const { path, piece, names, inner, firstFile } = directory;
  const numbers = piece.found.directoryNumbers;
  const stat = statAt(numbers, directory.at + 4);
  let storedCount = 0;
  const files = names.map((_, place) => {
    const file = firstFile + place;
    if (piece.fates[file] !== OBEYED_ONLY) storedCount++;
    return -1 - addRecord(piece, file, records, at, place);
  });
  return {
    path,
    known: -1,
    outside: rulesKnownAs(numbers[directory.at + 2]!),
    inside: rulesKnownAs(numbers[directory.at + 3]!),
    listing: { stat: Number.isNaN(stat.size) ? undefined : stat, names: [...names], files },
    firstInside,
    insideCount: inner.length,
    storedCount,
  };
}

function addRecord(
  { fates, lengths, stats, hashes }: OpenedPiece,
  file: number,
  records: FileRecords,
  directory: number,
  place: number,
): number {
  const record = records.add(directory, place, -1, statAt(stats, 5 * file));
  const fate = fates[file]!;
  if (fate === OBEYED_ONLY) records.setFate(record, fate);
  else records.setContent(record, fate, hashes.subarray(32 * file, 32 * file + 32), lengths[file]!);
  return record;
}

function statAt(numbers: Float64Array, at: number): FileStat {
  return {
    size: numbers[at]!,
    mtimeMs: numbers[at + 1]!,
    ctimeMs: numbers[at + 2]!,
    ino: numbers[at + 3]!,
    mode: numbers[at + 4]!,
  };
}

/** Rules of which only the fingerprint matters from here on. */
function rulesKnownAs(fingerprint: number): LazyRules {
  return new LazyRules(fingerprint, () => IgnoreRules.none);
}
