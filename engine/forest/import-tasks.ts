/**
 * What passes between the thread that imports a directory as a forest and those that do the work. Numbers travel in
 * columns and names as one text for each directory: many small objects would cost more to send than to find.
 */
import type { StoreThreadAccess } from "../store/object-store.ts";
import type { FileStat } from "../vst/directory/stat-cache.ts";
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
  /** Not 0: look at no further file. */
  readonly stop: SharedArrayBuffer;
}

export type ImportTask =
  /** List this directory and what is below it, up to so many files, and read what fits into one batch. */
  | { readonly kind: "walk"; readonly directory: string; readonly filesMax: number }
  /** Read files that a walk of `piece` found; the batch numbers them as that piece does. */
  | { readonly kind: "read"; readonly piece: number; readonly batch: ReadBatch }
  /** Make the tree of these files, and store its nodes. */
  | { readonly kind: "build"; readonly tree: string; readonly chunks: readonly TreeChunk[] };

export type ImportAnswer =
  | {
      readonly kind: "walk";
      readonly found: FoundFiles;
      /** Directories that were met and not listed. */
      readonly unlisted: readonly string[];
      readonly read: ReadAnswer | undefined;
      /** What was found and not read. */
      readonly rest: readonly ReadBatch[];
    }
  | {
      readonly kind: "read";
      readonly piece: number;
      readonly read: ReadAnswer;
      readonly rest: readonly ReadBatch[];
    }
  | { readonly kind: "build"; readonly built: BuiltTree };

/** The directories that one walk listed, and their files, numbered directory by directory. */
export interface FoundFiles {
  readonly directories: readonly FoundDirectory[];
  /** Five numbers of each file's stat, as it was listed. */
  readonly stats: Float64Array;
  /** Ignore files that are obeyed and not stored. */
  readonly obeyedOnly: readonly number[];
  readonly skipped: readonly SkippedFile[];
}

export interface FoundDirectory {
  readonly path: string;
  /** Fingerprints of the ignore rules. */
  readonly outside: number;
  readonly inside: number;
  readonly stat: FileStat | undefined;
  /** Names of its files, each but the last ended by NUL. */
  readonly names: string;
  readonly files: number;
  /** Paths of the directories inside it that are stored, as they were listed. */
  readonly inner: readonly string[];
}

/** Files of one tree. */
export interface TreeChunk {
  /** Each but the last ended by NUL. */
  readonly paths: string;
  /** 32 bytes each. */
  readonly hashes: Uint8Array;
  /** Codes of entry-mode.ts. */
  readonly modes: Uint8Array;
  readonly lengths: Float64Array;
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
