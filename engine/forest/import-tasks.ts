/**
 * What passes between the thread that imports a directory as a forest and those that do the work. All of it is columns
 * of numbers and long texts: the first thread only passes it on, and many small objects would cost it more than finding
 * the files costs the others.
 */
import type { StoreThreadAccess } from "../store/object-store.ts";
import type { SkippedFile } from "../vst/directory/listing.ts";
import type { ReadAnswer, ReadBatch } from "../vst/directory/read-changed.ts";

/** What each thread is started with. */
export interface ImportThreadData {
  readonly access: StoreThreadAccess;
  readonly top: string;
  /** Relative to the top; the store itself is never stored. */
  readonly storePath: string;
  readonly obeyIgnoreFiles: boolean;
  readonly trustedDevice: number | undefined;
  /** As the catalogue says it. */
  readonly partition: string;
  /** Not 0: look at no further file. */
  readonly stop: SharedArrayBuffer;
}

export type ImportTask =
  /** List this directory and what is below it, up to so many files, and read what fits into one batch. */
  | { readonly kind: "walk"; readonly directory: string; readonly filesMax: number }
  /** Read files that a walk of `piece` found; the batch numbers them as that piece does. */
  | { readonly kind: "read"; readonly piece: number; readonly batch: ReadBatch }
  /** Make the tree of these files, and store its nodes. */
  | { readonly kind: "build"; readonly tree: string; readonly chunks: readonly TreeChunk[] }
  /** Make the stat cache of all that was found. */
  | { readonly kind: "survey"; readonly pieces: readonly Piece[] };

export type ImportAnswer =
  | {
      readonly kind: "walk";
      readonly found: FoundFiles;
      /** Directories that were met and not listed. */
      readonly unlisted: readonly string[];
      readonly read: ReadFiles;
    }
  | { readonly kind: "read"; readonly piece: number; readonly read: ReadFiles }
  | { readonly kind: "build"; readonly built: BuiltTree }
  | { readonly kind: "survey"; readonly survey: Survey };

/** What became of a batch. */
export interface ReadFiles {
  readonly answer: ReadAnswer | undefined;
  /** What was found and not read. */
  readonly rest: readonly ReadBatch[];
  readonly chunks: readonly TreeChunk[];
}

/** Files of one tree. */
export interface TreeChunk {
  readonly tree: string;
  /** Each but the last ended by NUL. */
  readonly paths: string;
  /** 32 bytes each. */
  readonly hashes: Uint8Array;
  /** Codes of entry-mode.ts. */
  readonly modes: Uint8Array;
  readonly lengths: Float64Array;
}

/** The directories that one walk listed, breadth first, and their files, numbered directory by directory. */
export interface FoundFiles {
  /** Paths of the directories, each but the last ended by NUL. */
  readonly directories: string;
  /** `DIRECTORY_NUMBERS` for each directory. */
  readonly directoryNumbers: Float64Array;
  /** Names of all files, each but the last ended by NUL. */
  readonly names: string;
  /** Paths of the directories inside these, listed or not, each but the last ended by NUL. */
  readonly inner: string;
  /** Five numbers of each file's stat, as it was listed. */
  readonly stats: Float64Array;
  /** Ignore files that are obeyed and not stored. */
  readonly obeyedOnly: readonly number[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * How many files, how many directories inside, the fingerprints of the rules outside and inside, and five numbers of
 * its stat: NaN where that is not to be remembered.
 */
export const DIRECTORY_NUMBERS = 9;

/** What was found in one walk, and what became of its files. */
export interface Piece {
  readonly found: FoundFiles;
  readonly reads: readonly ReadAnswer[];
}

export interface BuiltTree {
  readonly tree: string;
  /** Hash of its root; all of its nodes are in the store. */
  readonly root: Uint8Array;
  readonly paths: number;
  /** Different contents, and their bytes. */
  readonly objects: number;
  readonly bytes: number;
}

/** All that was found. */
export interface Survey {
  /** Bytes of a stat cache. */
  readonly cache: ArrayBuffer;
  /** Files that were read. */
  readonly files: number;
  readonly skipped: readonly SkippedFile[];
}

export function joined(texts: readonly string[]): string {
  return texts.join("\0");
}

/** Paths hold no NUL, and none is empty but that of the top. */
export function parted(text: string, count: number): readonly string[] {
  return count === 0 ? [] : text.split("\0");
}
