/**
 * What a scan remembers about a directory tree, so that the next one reads only what changed.
 *
 * A file is taken as unchanged when size, modification time, change time, inode and mode are those remembered, and
 * when its times lie before the moment the remembering scan began. The second part closes the race that time stamps
 * leave open (git calls such entries "racily clean"): a file written twice within one tick of the file system's clock
 * looks the same both times. Git compares with the time its index was written; the beginning of the scan is stricter,
 * since a write between reading a file and writing the index can share the file's tick. The moment is read from the
 * file system's own clock (`scan-clock.ts`).
 *
 * A directory whose times and inode are those remembered, under the same rule, still has the names it had: adding,
 * removing and renaming change a directory's own times. It is not listed again. That proves nothing about the content
 * of its files, so each of them is still looked at. Where the file system does not keep directory times in this way,
 * or nothing is known about it, no time of a directory is remembered and every directory is listed.
 *
 * Once a scan is committed, `rememberState` adds the snapshot that has exactly the cached files. A scan that starts
 * from that snapshot need not look at its tree at all: that, and not the reading of files, is what a scan without
 * changes would otherwise spend its time on.
 *
 * The file (`<store>/stat-cache/<name>`) is a cache and nothing more: it is checked by length, version and checksums,
 * and whatever is wrong with it, the answer is to read every file again. It is used as it is read: columns are typed
 * arrays over the file's bytes, names become strings when they are needed, and worker threads see the same memory.
 * Little-endian throughout, D directories and F files:
 *
 *     magic     8 bytes   "HLSTAT03"; another version is another magic
 *     began     f64       ms since 1970: entries with a time at or after it are not trusted
 *     D, F      u32 each
 *     policy    u32       how the tree was looked at; another policy gives another set of paths
 *     names     u32       bytes of the file names
 *     check     32 bytes  BLAKE3 of all but check, state and vouched
 *     state     32 bytes  root hash of the snapshot with exactly these files
 *     vouched   32 bytes  BLAKE3 of check and state; anything else: the state is not known; state and vouched all
 *                         FF: and never will be, because the snapshot holds more than files
 *     per directory, in the order of the walk (breadth first, so the directories inside one stand together)
 *       times and rules   f64[D] each: modification time, change time, inode, ignore rules outside and inside
 *     per file, directory by directory
 *       size, modification time, change time, inode   f64[F] each (times in ms; a double keeps them to 0.25 us)
 *     first file, first directory inside, first byte of its path   u32[D + 1] each
 *     flags               u32[D]
 *     first byte of name  u32[F + 1]
 *     modes               u32[F]
 *     hashes              32 bytes [F]
 *     file names, then directory paths: UTF-8
 *
 * 100,000 files: about 9 MB, read and checked in some 5 ms.
 *
 * This file reads and views those bytes, without anything that a worker thread need not load; `stat-cache-file.ts` proves
 * and writes them.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";

const MAGIC = "HLSTAT03";
/** Offsets of the header's fields. */
export const HEADER = {
  began: 8,
  directories: 16,
  files: 20,
  policy: 24,
  nameBytes: 28,
  check: 32,
  state: 64,
  vouched: 96,
  bytes: 128,
} as const;
const HASH_BYTES = 32;

/** The stat fields that tell whether a file changed. `fs.Stats` has them all. */
export interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly mode: number;
}

/** Flags of a directory. */
export const HAS_IGNORE_FILES = 1;

/** Added to the mode of an ignore file that is obeyed but not stored, since it is ignored itself. */
export const NOT_STORED = 0x8000_0000;

export interface DirectoryColumns {
  readonly mtimeMs: Float64Array;
  readonly ctimeMs: Float64Array;
  readonly ino: Float64Array;
  /** Fingerprints of the ignore rules that let the directory through, and of those inside it. */
  readonly rulesOutside: Float64Array;
  readonly rulesInside: Float64Array;
  /** One more than there are directories, as is `firstDirectory`: the end of one is the beginning of the next. */
  readonly firstFile: Uint32Array;
  readonly firstDirectory: Uint32Array;
  readonly pathStart: Uint32Array;
  readonly flags: Uint32Array;
}

export interface FileColumns {
  readonly size: Float64Array;
  readonly mtimeMs: Float64Array;
  readonly ctimeMs: Float64Array;
  readonly ino: Float64Array;
  readonly nameStart: Uint32Array;
  readonly modes: Uint32Array;
  /** 32 bytes for each file. */
  readonly hashes: Uint8Array;
}

/** How large each part of a cache is. */
export interface CacheCounts {
  readonly directories: number;
  readonly files: number;
  readonly nameBytes: number;
  readonly pathBytes: number;
}

/** A view of a cache's bytes. Directories and files are named by their index; directory 0 is the top. */
export class StatCache {
  /** As on disk. Shared memory where other threads are to see it. */
  readonly bytes: Buffer;
  readonly directories: DirectoryColumns;
  readonly files: FileColumns;
  /** Milliseconds since 1970: when the scan began that made it. */
  readonly beganMs: number;
  readonly #names: Buffer;
  readonly #paths: Buffer;
  readonly #at: Layout;

  /** Trusts the bytes: `loadStatCache` checks them, and another thread gets what was checked. */
  constructor(memory: ArrayBufferLike) {
    const bytes = Buffer.from(memory);
    this.bytes = bytes;
    this.beganMs = bytes.readDoubleLE(HEADER.began);
    const directories = bytes.readUInt32LE(HEADER.directories);
    const files = bytes.readUInt32LE(HEADER.files);
    const at = layoutOf(directories, files, bytes.readUInt32LE(HEADER.nameBytes));
    this.#at = at;
    const doubles = (offset: number, column: number, count: number) =>
      new Float64Array(memory, offset + 8 * column * count, count);
    const words = (offset: number, count: number) => new Uint32Array(memory, offset, count);
    this.directories = {
      mtimeMs: doubles(at.directoryTimes, 0, directories),
      ctimeMs: doubles(at.directoryTimes, 1, directories),
      ino: doubles(at.directoryTimes, 2, directories),
      rulesOutside: doubles(at.directoryTimes, 3, directories),
      rulesInside: doubles(at.directoryTimes, 4, directories),
      firstFile: words(at.firstFile, directories + 1),
      firstDirectory: words(at.firstDirectory, directories + 1),
      pathStart: words(at.pathStart, directories + 1),
      flags: words(at.flags, directories),
    };
    this.files = {
      size: doubles(at.fileTimes, 0, files),
      mtimeMs: doubles(at.fileTimes, 1, files),
      ctimeMs: doubles(at.fileTimes, 2, files),
      ino: doubles(at.fileTimes, 3, files),
      nameStart: words(at.nameStart, files + 1),
      modes: words(at.modes, files),
      hashes: new Uint8Array(memory, at.hashes, HASH_BYTES * files),
    };
    this.#names = bytes.subarray(at.names, at.paths);
    this.#paths = bytes.subarray(at.paths);
  }

  /** Room for a cache of this size, all zero, to be filled column by column. */
  static allocate(counts: CacheCounts): StatCache {
    const at = layoutOf(counts.directories, counts.files, counts.nameBytes);
    const bytes = Buffer.from(new ArrayBuffer(at.paths + counts.pathBytes));
    bytes.write(MAGIC, 0, "latin1");
    bytes.writeUInt32LE(counts.directories, HEADER.directories);
    bytes.writeUInt32LE(counts.files, HEADER.files);
    bytes.writeUInt32LE(counts.nameBytes, HEADER.nameBytes);
    return new StatCache(bytes.buffer);
  }

  /** Knows nothing. */
  static empty(): StatCache {
    return StatCache.allocate({ directories: 0, files: 0, nameBytes: 0, pathBytes: 0 });
  }

  get directoryCount(): number {
    return this.directories.flags.length;
  }

  get fileCount(): number {
    return this.files.modes.length;
  }

  get policy(): number {
    return this.bytes.readUInt32LE(HEADER.policy);
  }

  /** Relative to the top, which is "". */
  directoryPath(directory: number): string {
    const { pathStart } = this.directories;
    return this.#paths.toString("utf8", pathStart[directory], pathStart[directory + 1]);
  }

  fileName(file: number): string {
    const { nameStart } = this.files;
    return this.#names.toString("utf8", nameStart[file], nameStart[file + 1]);
  }

  /** Of the files from `first` to `end`, which are in one directory. */
  namesOf(first: number, end: number): string[] {
    const { nameStart } = this.files;
    const start = nameStart[first]!;
    const text = this.#names.toString("utf8", start, nameStart[end]);
    // Cutting one string is quicker than decoding many; it works where a character is a byte.
    if (text.length !== nameStart[end]! - start)
      return Array.from({ length: end - first }, (_, i) => this.fileName(first + i));
    return Array.from({ length: end - first }, (_, i) =>
      text.slice(nameStart[first + i]! - start, nameStart[first + i + 1]! - start),
    );
  }

  /** The directory a file is in. O(log D). */
  directoryOf(file: number): number {
    const { firstFile } = this.directories;
    let [low, high] = [0, this.directoryCount - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (firstFile[middle]! <= file) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  pathOf(file: number): string {
    const folder = this.directoryPath(this.directoryOf(file));
    return folder === "" ? this.fileName(file) : `${folder}/${this.fileName(file)}`;
  }

  isStored(file: number): boolean {
    return (this.files.modes[file]! & NOT_STORED) === 0;
  }

  /** Whether the stat proves that the file is as it was. */
  isUnchanged(file: number, stat: FileStat): boolean {
    const { size, mtimeMs, ctimeMs, ino, modes } = this.files;
    const { beganMs } = this;
    return (
      mtimeMs[file] === stat.mtimeMs &&
      size[file] === stat.size &&
      ctimeMs[file] === stat.ctimeMs &&
      ino[file] === stat.ino &&
      (modes[file]! & ~NOT_STORED) === stat.mode &&
      stat.mtimeMs < beganMs &&
      stat.ctimeMs < beganMs
    );
  }

  /** Whether the stat of a directory proves that it has the names it had. */
  hasSameNames(directory: number, stat: FileStat): boolean {
    const { mtimeMs, ctimeMs, ino } = this.directories;
    const { beganMs } = this;
    return (
      mtimeMs[directory] === stat.mtimeMs &&
      ctimeMs[directory] === stat.ctimeMs &&
      ino[directory] === stat.ino &&
      stat.mtimeMs < beganMs &&
      stat.ctimeMs < beganMs
    );
  }

  /** 32 bytes, in the cache's own memory. */
  hashOf(file: number): Buffer {
    const start = this.#at.hashes + HASH_BYTES * file;
    return this.bytes.subarray(start, start + HASH_BYTES);
  }

  setFile(file: number, stat: FileStat, hash: Uint8Array): void {
    this.files.size[file] = stat.size;
    this.files.mtimeMs[file] = stat.mtimeMs;
    this.files.ctimeMs[file] = stat.ctimeMs;
    this.files.ino[file] = stat.ino;
    this.files.modes[file] = stat.mode;
    this.files.hashes.set(hash, HASH_BYTES * file);
  }

  setDirectory(directory: number, stat: FileStat): void {
    this.directories.mtimeMs[directory] = stat.mtimeMs;
    this.directories.ctimeMs[directory] = stat.ctimeMs;
    this.directories.ino[directory] = stat.ino;
  }

  /** Entry `from` of another cache, without its name. */
  copyFile(other: StatCache, from: number, to: number): void {
    for (const column of ["size", "mtimeMs", "ctimeMs", "ino", "modes"] as const)
      this.files[column][to] = other.files[column][from]!;
    this.files.hashes.set(other.hashOf(from), HASH_BYTES * to);
  }

  /** Entries `first` to `end` of another cache with their names; answers where the next name goes. */
  copyFiles(other: StatCache, first: number, end: number, to: number, nameAt: number): number {
    for (const column of ["size", "mtimeMs", "ctimeMs", "ino", "modes"] as const)
      this.files[column].set(other.files[column].subarray(first, end), to);
    this.files.hashes.set(other.files.hashes.subarray(HASH_BYTES * first, HASH_BYTES * end), HASH_BYTES * to);
    const names = other.files.nameStart;
    for (let file = first; file < end; file++)
      this.files.nameStart[to + file - first] = nameAt + names[file]! - names[first]!;
    return nameAt + other.#names.copy(this.#names, nameAt, names[first], names[end]);
  }

  writeName(at: number, name: string): number {
    return this.#names.write(name, at, "utf8");
  }

  writePath(at: number, path: string): number {
    return this.#paths.write(path, at, "utf8");
  }

  /** Where in the file the values of an entry are, for a patch. */
  rangesOf(entry: CacheEntry): readonly (readonly [start: number, bytes: number])[] {
    const at = this.#at;
    if (entry.kind === "directory") {
      const column = (c: number) => at.directoryTimes + 8 * (c * this.directoryCount + entry.index);
      return [0, 1, 2, 3, 4].map((c) => [column(c), 8] as const);
    }
    const column = (c: number) => at.fileTimes + 8 * (c * this.fileCount + entry.index);
    return [
      ...[0, 1, 2, 3].map((c) => [column(c), 8] as const),
      [at.modes + 4 * entry.index, 4],
      [at.hashes + HASH_BYTES * entry.index, HASH_BYTES],
    ];
  }
}

/** A part of a cache that a scan found changed. */
export interface CacheEntry {
  readonly kind: "directory" | "file";
  readonly index: number;
}

// ---- the layout

interface Layout {
  readonly directoryTimes: number;
  readonly fileTimes: number;
  readonly firstFile: number;
  readonly firstDirectory: number;
  readonly pathStart: number;
  readonly flags: number;
  readonly nameStart: number;
  readonly modes: number;
  readonly hashes: number;
  readonly names: number;
  readonly paths: number;
}

function layoutOf(directories: number, files: number, nameBytes: number): Layout {
  const directoryTimes = HEADER.bytes;
  const fileTimes = directoryTimes + 8 * 5 * directories;
  const firstFile = fileTimes + 8 * 4 * files;
  const firstDirectory = firstFile + 4 * (directories + 1);
  const pathStart = firstDirectory + 4 * (directories + 1);
  const flags = pathStart + 4 * (directories + 1);
  const nameStart = flags + 4 * directories;
  const modes = nameStart + 4 * (files + 1);
  const hashes = modes + 4 * files;
  const names = hashes + HASH_BYTES * files;
  return {
    directoryTimes,
    fileTimes,
    firstFile,
    firstDirectory,
    pathStart,
    flags,
    nameStart,
    modes,
    hashes,
    names,
    paths: names + nameBytes,
  };
}

// ---- the shape

/**
 * A cache whose offsets lead nowhere else, with nothing said about its values; undefined for a file that is missing,
 * torn or of another version.
 */
export function loadShape(file: string): StatCache | undefined {
  // Typed arrays are in the machine's byte order; no machine that Node supports well has the other one.
  if (endianness() !== "LE") return undefined;
  try {
    const memory = readIntoSharedMemory(file);
    return memory === undefined || !hasShape(Buffer.from(memory)) ? undefined : new StatCache(memory);
  } catch {
    return undefined;
  }
}

function readIntoSharedMemory(file: string): SharedArrayBuffer | undefined {
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    if (size < HEADER.bytes) return undefined;
    const memory = new SharedArrayBuffer(size);
    const bytes = Buffer.from(memory);
    for (let at = 0; at < size;) {
      const read = readSync(descriptor, bytes, at, size - at, at);
      if (read === 0) return undefined;
      at += read;
    }
    return memory;
  } finally {
    closeSync(descriptor);
  }
}

function hasShape(bytes: Buffer): boolean {
  if (bytes.toString("latin1", 0, 8) !== MAGIC) return false;
  const counts = [HEADER.directories, HEADER.files, HEADER.nameBytes].map((at) => bytes.readUInt32LE(at));
  const { paths } = layoutOf(counts[0]!, counts[1]!, counts[2]!);
  return (
    paths <= bytes.length && hasSoundOffsets(new StatCache(bytes.buffer), counts[2]!, bytes.length - paths)
  );
}

/** Whatever the check says, an offset never leads out of its column. */
function hasSoundOffsets({ directories, files }: StatCache, nameBytes: number, pathBytes: number): boolean {
  const [directoryCount, fileCount] = [directories.flags.length, files.modes.length];
  return (
    rises(directories.firstFile, 0, fileCount) &&
    rises(directories.firstDirectory, Math.min(1, directoryCount), directoryCount) &&
    directories.firstDirectory.every((first, directory) => first > directory || first === directoryCount) &&
    rises(directories.pathStart, 0, pathBytes) &&
    rises(files.nameStart, 0, nameBytes)
  );
}

function rises(offsets: Uint32Array, first: number, last: number): boolean {
  let before = first;
  if (offsets[0] !== first) return false;
  for (const offset of offsets) {
    if (offset < before) return false;
    before = offset;
  }
  return before === last;
}
