/**
 * What a scan remembers about each file, so that the next one reads only what changed.
 *
 * A file is taken as unchanged when size, modification time, change time, inode and mode are those remembered, and
 * when its times lie before the moment the remembering scan began. The second part closes the race that time stamps
 * leave open (git calls such entries "racily clean"): a file written twice within one tick of the file system's clock
 * looks the same both times. Git compares with the time its index was written; the beginning of the scan is stricter,
 * since a write between reading a file and writing the index can share the file's tick. The moment is read from the
 * file system's own clock: it is the modification time of the cache file, made when the scan begins.
 *
 * Once a scan is committed, `rememberState` adds the snapshot that has exactly the cached files. A scan that starts
 * from that snapshot need not look at its tree at all: that, and not the reading of files, is what a scan without
 * changes would otherwise spend its time on.
 *
 * The file (`<store>/stat-cache/<name>`) is a cache and nothing more: it is checked by length, version and checksums,
 * and whatever is wrong with it, the answer is to read every file again. Little-endian throughout:
 *
 *     magic    8 bytes   "HLSTAT02"; another version is another magic
 *     began    f64       ms since 1970: entries with a time at or after it are not trusted
 *     count    u64       number of entries
 *     check    32 bytes  BLAKE3 of magic, began, count and all from sizes on
 *     state    32 bytes  root hash of the snapshot with exactly these files
 *     vouched  32 bytes  BLAKE3 of check and state; anything else: the state is not known; state and vouched all
 *                        FF: and never will be, because the snapshot holds more than files
 *     sizes, mtimes, ctimes, inodes    f64[count] each (times in ms; a double keeps them to 0.25 us)
 *     rules    f64[count]  fingerprint of the ignore rules that let the file through
 *     modes    u32[count], padded to 8 bytes
 *     hashes   32 bytes [count]
 *     paths    UTF-8, each ended by NUL, in the order of the walk
 *
 * 100,000 entries: about 11 MB, read in some 40 ms.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";
import { HASH_BYTES, hashBlob } from "../object/hash.ts";

const magic = "HLSTAT02";
const checkAt = 24;
const stateAt = checkAt + HASH_BYTES;
const vouchedAt = stateAt + HASH_BYTES;
const headerBytes = vouchedAt + HASH_BYTES;

/** Fills state and vouched of a cache that no state may be added to. */
const neverByte = 0xff;

/** Columns of doubles, in the order of the file. */
const columns = { size: 0, mtimeMs: 1, ctimeMs: 2, ino: 3, rules: 4 } as const;
const columnCount = 5;

/** The stat fields that tell whether a file changed. `fs.Stats` has them all. */
export interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly mode: number;
}

/** No file has it: an entry with this stat is never taken as unchanged. */
const neverMatching: FileStat = { size: -1, mtimeMs: 0, ctimeMs: 0, ino: 0, mode: 0 };

/** What the last scan knew. Entries are named by their index. */
export class StatCache {
  static readonly empty = new StatCache(undefined, [], emptyFile());

  /** Root hash of the snapshot that has exactly these files; undefined when that is not known. */
  readonly state: Buffer | undefined;
  readonly paths: readonly string[];
  readonly #file: Buffer;
  readonly #beganMs: number;
  readonly #numbers: Float64Array;
  readonly #modes: Uint32Array;
  #expected = 0;
  #indexOf: Map<string, number> | undefined;

  private constructor(state: Buffer | undefined, paths: readonly string[], file: Buffer) {
    const layout = layoutOf(paths.length);
    this.state = state;
    this.paths = paths;
    this.#file = file;
    this.#beganMs = file.readDoubleLE(8);
    this.#numbers = new Float64Array(copyOf(file.subarray(headerBytes, layout.modes)));
    this.#modes = new Uint32Array(copyOf(file.subarray(layout.modes, layout.modes + 4 * paths.length)));
  }

  /** `StatCache.empty` for a file that is missing, torn, of another version or otherwise not to be trusted. */
  static load(file: string): StatCache {
    try {
      const bytes = readFileSync(file);
      const paths = pathsOf(bytes);
      return paths === undefined ? StatCache.empty : new StatCache(stateOf(bytes), paths, bytes);
    } catch {
      return StatCache.empty;
    }
  }

  /** -1 for an unknown path. Nearly free when paths are asked for in the order in which they were cached. */
  find(path: string): number {
    if (this.paths[this.#expected] === path) return this.#expected++;
    this.#indexOf ??= new Map(this.paths.map((each, index) => [each, index]));
    const index = this.#indexOf.get(path) ?? -1;
    if (index >= 0) this.#expected = index + 1;
    return index;
  }

  /** Whether the stat proves that the file is as it was. */
  isUnchanged(index: number, stat: FileStat): boolean {
    return (
      this.#number("size", index) === stat.size &&
      this.#number("mtimeMs", index) === stat.mtimeMs &&
      this.#number("ctimeMs", index) === stat.ctimeMs &&
      this.#number("ino", index) === stat.ino &&
      this.#modes[index] === stat.mode &&
      stat.mtimeMs < this.#beganMs &&
      stat.ctimeMs < this.#beganMs
    );
  }

  /** Hex. */
  hashAt(index: number): string {
    const start = layoutOf(this.paths.length).hashes + index * HASH_BYTES;
    return this.#file.toString("hex", start, start + HASH_BYTES);
  }

  rulesAt(index: number): number {
    return this.#number("rules", index);
  }

  /** Puts the entry into a file that is being made. */
  copyTo(target: Buffer, targetLayout: Layout, targetCount: number, from: number, to: number): void {
    for (let column = 0; column < columnCount; column++) {
      const value = this.#numbers[column * this.paths.length + from] ?? 0;
      target.writeDoubleLE(value, headerBytes + 8 * (column * targetCount + to));
    }
    target.writeUInt32LE(this.#modes[from] ?? 0, targetLayout.modes + 4 * to);
    const start = layoutOf(this.paths.length).hashes + from * HASH_BYTES;
    this.#file.copy(target, targetLayout.hashes + to * HASH_BYTES, start, start + HASH_BYTES);
  }

  /** The file's bytes, for a new one that differs in a few entries. */
  copyOfFile(): Buffer {
    return Buffer.from(this.#file);
  }

  #number(column: keyof typeof columns, index: number): number {
    return this.#numbers[columns[column] * this.paths.length + index] ?? Number.NaN;
  }
}

interface FreshEntry {
  readonly path: string;
  readonly rules: number;
  readonly stat: FileStat;
  readonly hash: string;
}

/**
 * A cache being written: made at the beginning of a scan, told every file in the order of the walk, put in place by
 * `save`. Its file should be on the file system that is scanned; on another one the clocks may differ, see `save`.
 */
export class StatCacheWriter {
  readonly device: number;
  readonly #known: StatCache;
  readonly #file: string;
  readonly #temporary: string;
  readonly #descriptor: number;
  readonly #beganMs: number;
  /** An index of `known`, or -1 - slot. */
  readonly #sequence: number[] = [];
  readonly #slots: { readonly path: string; readonly knownIndex: number; readonly rules: number }[] = [];
  readonly #fresh = new Map<number, FreshEntry>();

  constructor(folder: string, name: string, known: StatCache) {
    this.#known = known;
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, name);
    // One name for all: the store has one writer, and a scan that was killed leaves nothing to collect.
    this.#temporary = `${this.#file}.tmp`;
    this.#descriptor = openSync(this.#temporary, "w", 0o644);
    // A write, because some file systems stamp a file only when it has content.
    writeSync(this.#descriptor, magic);
    const { mtimeMs, dev } = fstatSync(this.#descriptor);
    this.#beganMs = mtimeMs;
    this.device = dev;
  }

  /** An entry of the known cache stays as it is. */
  keep(index: number): void {
    this.#sequence.push(index);
  }

  /** A file whose content is to be read; `fill` says what it had. `knownIndex` is -1 for a new path. */
  reserve(path: string, knownIndex: number, rules: number): number {
    const slot = this.#slots.push({ path, knownIndex, rules }) - 1;
    this.#sequence.push(-1 - slot);
    return slot;
  }

  /** Without a stat the entry stands, and the file is read again next time. A slot never filled is a file gone. */
  fill(slot: number, stat: FileStat | undefined, hash: string): void {
    const { path, rules } = this.#slots[slot] ?? never();
    this.#fresh.set(slot, { path, rules, stat: stat ?? neverMatching, hash });
  }

  /**
   * `marginMs` moves the trusted moment back, for a tree whose clock is not that of the cache file. `state` is the
   * root hash of the snapshot with exactly these files, where that is known already; "never" where no snapshot has
   * these files and nothing else.
   */
  save(marginMs: number, state: Buffer | "never" | undefined): void {
    const bytes = this.#isPatch() ? this.#patch() : this.#build();
    bytes.writeDoubleLE(this.#beganMs - marginMs, 8);
    checkOf(bytes).copy(bytes, checkAt);
    if (state === "never") bytes.fill(neverByte, stateAt, headerBytes);
    else if (state !== undefined) vouch(bytes.subarray(checkAt, stateAt), state).copy(bytes, stateAt);
    writeFully(this.#descriptor, bytes);
    closeSync(this.#descriptor);
    renameSync(this.#temporary, this.#file);
  }

  discard(): void {
    closeSync(this.#descriptor);
    rmSync(this.#temporary, { force: true });
  }

  /** The same paths in the same order: the usual case, and worth not building 100,000 entries anew. */
  #isPatch(): boolean {
    if (this.#sequence.length !== this.#known.paths.length || this.#fresh.size !== this.#slots.length)
      return false;
    return this.#sequence.every((item, at) => (item >= 0 ? item : this.#slots[-1 - item]?.knownIndex) === at);
  }

  #patch(): Buffer {
    const bytes = this.#known.copyOfFile();
    bytes.fill(0, stateAt, headerBytes);
    const count = this.#known.paths.length;
    for (const [slot, entry] of this.#fresh) {
      writeEntry(bytes, layoutOf(count), count, this.#slots[slot]?.knownIndex ?? never(), entry);
    }
    return bytes;
  }

  #build(): Buffer {
    const items = this.#sequence.filter((item) => item >= 0 || this.#fresh.has(-1 - item));
    const layout = layoutOf(items.length);
    const paths = items.map(
      (item) => (item >= 0 ? this.#known.paths[item] : this.#slots[-1 - item]?.path) ?? never(),
    );
    const pathBytes = Buffer.from(items.length === 0 ? "" : `${paths.join("\0")}\0`);
    const bytes = Buffer.alloc(layout.paths + pathBytes.length);
    bytes.write(magic, 0, "latin1");
    bytes.writeBigUInt64LE(BigInt(items.length), 16);
    for (const [at, item] of items.entries()) {
      if (item >= 0) this.#known.copyTo(bytes, layout, items.length, item, at);
      else writeEntry(bytes, layout, items.length, at, this.#fresh.get(-1 - item) ?? never());
    }
    pathBytes.copy(bytes, layout.paths);
    return bytes;
  }
}

/** Adds to a saved cache the snapshot that has exactly its files. In place: a torn write only forgets the state. */
export function rememberState(file: string, state: Buffer): void {
  const descriptor = openSync(file, "r+");
  try {
    const head = Buffer.alloc(headerBytes);
    readSync(descriptor, head, 0, headerBytes, 0);
    if (head.subarray(stateAt).every((byte) => byte === neverByte)) return;
    const vouched = vouch(head.subarray(checkAt, stateAt), state);
    writeSync(descriptor, vouched, 0, vouched.length, stateAt);
  } finally {
    closeSync(descriptor);
  }
}

// ---- the file

interface Layout {
  readonly modes: number;
  readonly hashes: number;
  readonly paths: number;
}

function layoutOf(count: number): Layout {
  const modes = headerBytes + 8 * columnCount * count;
  const hashes = modes + Math.ceil((4 * count) / 8) * 8;
  return { modes, hashes, paths: hashes + HASH_BYTES * count };
}

function emptyFile(): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.write(magic, 0, "latin1");
  return bytes;
}

function writeEntry(
  bytes: Buffer,
  layout: Layout,
  count: number,
  at: number,
  { stat, rules, hash }: FreshEntry,
): void {
  const values = [stat.size, stat.mtimeMs, stat.ctimeMs, stat.ino, rules];
  for (const [column, value] of values.entries())
    bytes.writeDoubleLE(value, headerBytes + 8 * (column * count + at));
  bytes.writeUInt32LE(stat.mode, layout.modes + 4 * at);
  bytes.write(hash, layout.hashes + HASH_BYTES * at, "hex");
}

function checkOf(bytes: Buffer): Buffer {
  const head = hashBlob(bytes.subarray(0, checkAt));
  const body = hashBlob(bytes.subarray(headerBytes));
  return Buffer.from(hashBlob(Buffer.concat([head, body])));
}

/** The state and the checksum that ties it to these very files. */
function vouch(check: Uint8Array, state: Uint8Array): Buffer {
  return Buffer.concat([state, hashBlob(Buffer.concat([check, state]))]);
}

function stateOf(bytes: Buffer): Buffer | undefined {
  const state = bytes.subarray(stateAt, vouchedAt);
  const expected = vouch(bytes.subarray(checkAt, stateAt), state);
  return expected.equals(bytes.subarray(stateAt, headerBytes)) ? state : undefined;
}

function pathsOf(bytes: Buffer): string[] | undefined {
  // Typed arrays are in the machine's byte order; no machine that Node supports well has the other one.
  if (endianness() !== "LE" || bytes.length < headerBytes) return undefined;
  if (bytes.toString("latin1", 0, 8) !== magic) return undefined;
  if (!bytes.subarray(checkAt, stateAt).equals(checkOf(bytes))) return undefined;
  const count = Number(bytes.readBigUInt64LE(16));
  const paths = bytes.toString("utf8", layoutOf(count).paths).split("\0");
  return paths.pop() === "" && paths.length === count ? paths : undefined;
}

/** Its own memory, because typed arrays have to start at a multiple of their element size. */
function copyOf(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function writeFully(descriptor: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, written);
  }
}

function never(): never {
  throw new Error("a stat cache entry that was not reserved");
}
