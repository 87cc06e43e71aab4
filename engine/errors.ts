/**
 * The errors of the engine. Only a broken promise is an error here: a corrupt object, a full disk, misuse. What a
 * caller should expect (a path that is not there, two states that are equal) is a value.
 *
 * The code is stable and is what programs test; the message names the thing that failed; the remedy says what to do
 * next. The command line shows all three, so neither text needs to repeat the other.
 */
export type HeliosErrorCode =
  | "PATH_INVALID" // not a relative `/`-separated UTF-8 path, or it has an empty, `.` or `..` segment
  | "PATH_CONFLICT" // a path would be a file and a directory at once
  | "RANGE_INVALID" // bounds between which no path can be
  | "NAME_INVALID" // a file whose name is not UTF-8, where such are not to be skipped
  | "PATTERN_INVALID" // a selector that is not a glob
  | "SNAPSHOT_ID_INVALID" // not `blake3:<64 hex>`
  | "SNAPSHOT_UNKNOWN" // well formed, but not in this store
  | "SNAPSHOT_AMBIGUOUS" // a prefix of more than one
  | "STORE_MISSING" // no store there, and none may be made
  | "STORE_CORRUPT" // what is on disk contradicts itself
  | "STORE_LOCKED" // another process writes to it
  | "STORE_COLLECTED" // collected since this reader opened it
  | "STORE_FORMAT" // made by another format version
  | "STORE_CLOSED" // used after close()
  | "STORE_READ_ONLY" // a write to a store opened for reading
  | "STORE_FAILED" // the operating system refused a read or a write
  | "OBJECT_CORRUPT" // the bytes do not have the hash they are named by
  | "OBJECT_MISSING" // named by a tree, but not stored
  | "KEY_INVALID" // a key that the object store cannot take: empty, or longer than 511 bytes
  | "VALUE_TOO_LARGE" // a value of more than 2 GiB - 128 KiB
  | "PARENTS_TOO_MANY" // a commit of more than 65,535 parents
  | "REF_MOVED" // compare-and-swap found another value
  | "REF_INVALID" // not a name for a ref
  | "FOREST_INVALID" // a state that is not the catalogue of a forest, or one whose trees contradict it
  | "PARTITION_INVALID" // no rule by which paths belong to trees, or another one than the forest has
  | "TREE_UNKNOWN" // a tree, or a path, that a forest's partition has no place for
  | "OUTPUT_NOT_EMPTY" // would write over what is there
  | "OUTPUT_UNSAFE" // would write outside the output directory, or lose a file to another of nearly the same name
  | "OUTPUT_UNWRITABLE" // the system does not let this process write there
  | "UNSAVED_CHANGES" // would overwrite or delete what no snapshot holds
  | "DIRECTORY_UNREADABLE" // a directory or file to be stored cannot be read
  | "ABORTED" // the caller's signal ended it
  | "SEARCH_UNUSABLE" // a saved search of another state or format
  | "CONSISTENCY_INVALID" // a bound that is none
  | "L2_UNAVAILABLE" // the persistent backend did not load
  | "DISK_FULL"; // no space, or over quota

/** What an error is about and what caused it. */
export interface HeliosErrorOptions extends ErrorOptions {
  /** The path (in a snapshot or on disk) that the error is about. */
  readonly path?: string | undefined;
}

/** Any failure of the engine: `code` for programs, `message` for what failed, `remedy` for what to do next. */
export class HeliosError extends Error {
  override readonly name = "HeliosError";
  readonly code: HeliosErrorCode;
  readonly remedy: string;
  readonly path?: string;

  constructor(code: HeliosErrorCode, message: string, remedy: string, options?: HeliosErrorOptions) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = remedy;
    if (options?.path !== undefined) this.path = options.path;
  }
}

/** The name (`ENOENT`, `ENOSPC` ...) of a failed system call, or undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("errno" in error) || !("code" in error)) return undefined;
  return typeof error.errno === "number" && typeof error.code === "string" ? error.code : undefined;
}
