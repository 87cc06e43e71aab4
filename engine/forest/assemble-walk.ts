/**
 * The walk of a whole directory from the pieces that threads walked, in the form in which one thread would have found
 * it (breadth first), so that the stat cache can be made from it.
 */
import { FileRecords, OBEYED_ONLY } from "../vst/directory/file-records.ts";
import type { Visit, WalkResult } from "../vst/directory/tree-walk.ts";
import { IgnoreRules, LazyRules } from "../vst/ignore-files.ts";
import type { FoundDirectory, FoundFiles } from "./import-tasks.ts";

/** What was found in one walk, and what became of each of its files. */
export interface Piece {
  readonly found: FoundFiles;
  readonly fates: Uint8Array;
  readonly lengths: Float64Array;
  /** As listed, or of the file as it was read. */
  readonly stats: Float64Array;
  /** 32 bytes each. */
  readonly hashes: Uint8Array;
}

interface Place {
  readonly piece: Piece;
  readonly directory: FoundDirectory;
  /** Number of its first file in the piece. */
  readonly firstFile: number;
}

/** O(files), about 0.4 us each. */
export function assembleWalk(pieces: readonly Piece[]): WalkResult {
  const places = new Map<string, Place>();
  for (const piece of pieces) {
    let firstFile = 0;
    for (const directory of piece.found.directories) {
      places.set(directory.path, { piece, directory, firstFile });
      firstFile += directory.files;
    }
  }
  const records = new FileRecords();
  const visits: Visit[] = [];
  const order = ["" as string];
  for (let at = 0; at < order.length; at++) {
    const place = places.get(order[at]!)!;
    const { inner } = place.directory;
    visits.push(visitOf(place, records, at, order.length));
    order.push(...inner);
  }
  return {
    visits,
    records,
    recordOfKnown: new Map(),
    kept: new Uint8Array(0),
    unchanged: 0,
    skipped: pieces.flatMap(({ found }) => found.skipped),
  };
}

function visitOf(
  { piece, directory, firstFile }: Place,
  records: FileRecords,
  at: number,
  firstInside: number,
): Visit {
  const { path, outside, inside, stat, files, inner } = directory;
  const names = files === 0 ? [] : directory.names.split("\0");
  const listed = names.map((_, i) => -1 - addRecord(piece, firstFile + i, records, at, i));
  return {
    path,
    known: -1,
    outside: rulesKnownAs(outside),
    inside: rulesKnownAs(inside),
    listing: { stat, names, files: listed },
    firstInside,
    insideCount: inner.length,
    storedCount: names.length,
  };
}

function addRecord(
  piece: Piece,
  file: number,
  records: FileRecords,
  directory: number,
  place: number,
): number {
  const [size, mtimeMs, ctimeMs, ino, mode] = piece.stats.subarray(5 * file, 5 * file + 5);
  const stat = { size: size!, mtimeMs: mtimeMs!, ctimeMs: ctimeMs!, ino: ino!, mode: mode! };
  const record = records.add(directory, place, -1, stat);
  const fate = piece.fates[file]!;
  if (fate === OBEYED_ONLY) records.setFate(record, fate);
  else
    records.setContent(record, fate, piece.hashes.subarray(32 * file, 32 * file + 32), piece.lengths[file]!);
  return record;
}

/** Rules of which only the fingerprint matters from here on. */
function rulesKnownAs(fingerprint: number): LazyRules {
  return new LazyRules(fingerprint, () => IgnoreRules.none);
}
