/**
 * One number out of a RocksDB manifest: the next file number. Every file the manifest speaks of has a smaller one, and
 * whoever opens a directory with this manifest gives new files this number and the ones above.
 *
 * A manifest is a log: blocks of 32 KiB, records of a 7-byte header (checksum 4, length 2, type 1) and data, split over
 * blocks as first, middle and last pieces. Data is a version edit: varint tags, each with a varint or a string. The next
 * file number comes early in it, after tags whose form is known, so reading an edit stops there.
 */
const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;

const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

const NEXT_FILE_NUMBER = 3;
/** Comparator; the database's id. */
const STRING_TAGS: ReadonlySet<number> = new Set([1, 8193]);
/** Log number, previous log number. */
const NUMBER_TAGS: ReadonlySet<number> = new Set([2, 9]);

/** Undefined where the manifest names none. A torn record at the end counts as not written. */
export function nextFileNumber(manifest: Buffer): number | undefined {
  let next: number | undefined;
  for (const edit of records(manifest)) next = Math.max(next ?? 0, nextInEdit(edit) ?? 0);
  return next === 0 ? undefined : next;
}

function* records(log: Buffer): Iterable<Buffer> {
  let pieces: Buffer[] = [];
  for (let at = 0; at + HEADER_BYTES <= log.length;) {
    const leftInBlock = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (leftInBlock < HEADER_BYTES) {
      at += leftInBlock;
      continue;
    }
    const end = at + HEADER_BYTES + log.readUInt16LE(at + 4);
    const type = log[at + 6]!;
    if (end > log.length || type < FULL || type > LAST) return;
    const piece = log.subarray(at + HEADER_BYTES, end);
    if (type === FULL || type === FIRST) pieces = [];
    pieces.push(piece);
    if (type !== FIRST && type !== MIDDLE) yield pieces.length === 1 ? piece : Buffer.concat(pieces);
    at = end;
  }
}

function nextInEdit(edit: Buffer): number | undefined {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < edit.length; scale *= 128) {
      const byte = edit[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return value;
  };
  while (at < edit.length) {
    const tag = varint();
    if (tag === NEXT_FILE_NUMBER) return varint();
    if (STRING_TAGS.has(tag)) {
      // The length moves `at` first.
      const length = varint();
      at += length;
    } else if (NUMBER_TAGS.has(tag)) varint();
    else return undefined;
  }
  return undefined;
}
