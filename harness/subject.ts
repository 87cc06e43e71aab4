/**
 * The contract of a system under measurement. The harness knows subjects only through it; each subject is one
 * file in `experiments/subjects/`, listed by hand in `experiments/subjects/index.ts`.
 *
 * A session method may answer directly or with a promise. The runner awaits promises only, so a synchronous
 * subject is not charged a microtask it did not ask for.
 */

/** What survives what; see README "Durability classes". Only equal classes are ever compared. */
export type DurabilityClass = "memory" | "process" | "power";

export type Maybe<T> = T | Promise<T>;

export type FileMode = "file" | "executable" | "symlink";

/** One change to a working set. `bytes` of a symlink is its target. */
export type Edit =
  | { readonly kind: "put"; readonly path: string; readonly bytes: Uint8Array; readonly mode: FileMode }
  | { readonly kind: "delete"; readonly path: string };

/** A subject's own name for a committed state: a snapshot id, a Git object name. Opaque to the harness. */
export type StateId = string;

/** What a plan's arm says to its subject, as JSON. Empty for most subjects. */
export type SubjectOptions = Readonly<Record<string, unknown>>;

export interface SessionOptions {
  /** An empty directory of this run alone; everything the subject writes must lie below it. */
  readonly directory: string;
  readonly durability: DurabilityClass;
  /**
   * A directory on the same file system that outlives the run, for this subject and this base alone; it need not
   * exist yet. A subject whose base is slow to build may leave it here when it closes and take it when it loads;
   * nothing else of a run may reach the next one.
   */
  readonly baseCache?: string;
  /** Checked by {@link Subject.optionProblems} before any run. */
  readonly options?: SubjectOptions;
}

/** One open instance of a subject. Calls never overlap. */
export interface Session {
  /** Puts the base state in place. Not timed. Called once, first. */
  load(base: Iterable<Edit>): Maybe<StateId>;
  /** Applies edits to the working set: timed, and reported apart from the commit. */
  apply(edits: readonly Edit[]): Maybe<void>;
  /** Makes the working set a durable state of the session's class and returns its id: timed. */
  commit(message: string): Maybe<StateId>;
  /** Makes the working set equal to an earlier state: timed. */
  checkout(state: StateId): Maybe<void>;
  /** Content at a path of the working set, or undefined. Used to prove that all subjects did the same work. */
  read(path: string): Maybe<Uint8Array | undefined>;
  /** Mode of a path of the working set, or undefined. */
  mode(path: string): Maybe<FileMode | undefined>;
  /** Number of paths in the working set. */
  count(): Maybe<number>;
  /**
   * Reaches quiescence: whatever was put off (checkpoint, compaction, flush) is done now, and charged to the
   * run's I/O.
   */
  settle(): Maybe<void>;
  close(): Maybe<void>;
}

export type Availability =
  | { readonly kind: "available"; readonly version: string }
  | { readonly kind: "unavailable"; readonly reason: string; readonly remedy: string };

export interface Subject {
  /** Lower case, stable: it is part of file names and reports. */
  readonly id: string;
  readonly title: string;
  readonly durabilityClasses: readonly DurabilityClass[];
  /**
   * Bytes per commit that the subject's working set costs by being a directory the user writes himself
   * (Git: the changed file). They are known exactly, and are left out of its I/O so that nobody can say the
   * comparison flatters the engine.
   */
  readonly workingSet: "directory" | "internal";
  /** Whether it can be measured here and now; without it every output says `skipped: <reason>`. */
  availability(options?: SubjectOptions): Promise<Availability>;
  /** What is wrong with the options of an arm, one sentence each. A subject without this method takes none. */
  optionProblems?(options: SubjectOptions, durability: DurabilityClass): readonly string[];
  open(options: SessionOptions): Promise<Session>;
}
