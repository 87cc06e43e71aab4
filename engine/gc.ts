/**
 * Collection: a store keeps every commit, until somebody collects those that nobody can want any more. What stays are the
 * commits that refs and pins name, young ones, and all their ancestors.
 *
 * The store must not be open anywhere for writing: a working set would go on from a state that is being removed. The
 * order of writes is in gc/plan.ts; killed at any point, the store has its kept commits, and the next opening finishes or
 * takes back the rest. A store with damage is not collected: what is damaged may be what a copy must be compared with.
 */
import { closeSync, fsyncSync, openSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { HeliosError } from "./errors.ts";
import { CommitTable } from "./gc/commit-table.ts";
import { RecordCopier } from "./gc/copy-records.ts";
import { HashSet64 } from "./gc/hash-set.ts";
import { keptCommits } from "./gc/keep.ts";
import { readPins } from "./gc/pins.ts";
import { collectedWrite, planDelete, planWrite, readCollected, readPlan } from "./gc/plan.ts";
import { Replay } from "./gc/replay.ts";
import { type FreedSpaces, sweep } from "./gc/sweep.ts";
import { Helios } from "./helios.ts";
import { indexWrite } from "./history.ts";
import { FIRST_POSITION, type Journal, JournalFollower } from "./journal/journal.ts";
import { FRAME_BYTES, RecordReader, RecordWriter } from "./journal/record.ts";
import { hashOfKey, type Sequence } from "./object/ids.ts";
import { readFormat } from "./store/format.ts";
import { type CheckpointMark, idWrite, markWrite, readMark } from "./store/l2-writer.ts";
import { type ObjectStore, rowsOf, type StoreWrite } from "./store/object-store.ts";
import { placeWrite } from "./store/objects.ts";
import { openL2 } from "./store/open-l2.ts";
import { checkJournal, segmentNumbers } from "./verify/journal-check.ts";

export interface CollectOptions {
  /** The store root. */
  readonly root: string;
  /** Commits younger than this stay, whoever names them. Default: a day. */
  readonly graceMs?: number;
  /** Counts what would go and removes nothing. */
  readonly dryRun?: boolean;
  /** Milliseconds since 1970; default now. */
  readonly nowMs?: number;
  readonly onProgress?: (step: CollectStep, done: number, total: number) => void;
  /** @internal Called in front of everything that changes the store. */
  readonly onStep?: (step: string) => void;
}

export type CollectStep = "checking" | "copying" | "sweeping";

export interface CollectResult {
  readonly dryRun: boolean;
  readonly commits: { readonly kept: number; readonly dropped: number };
  /** Bytes of the journal's files before and after. */
  readonly journal: { readonly beforeBytes: number; readonly afterBytes: number };
  /** Rows that went from the object store, and their bytes: the backend gives the space back when it compacts. */
  readonly objects: FreedSpaces;
  readonly durationMs: number;
}

export const DEFAULT_GRACE_MS = 24 * 60 * 60 * 1000;

/** Every so many kept commits the index says where the commit is. */
const INDEX_COMMITS = 16;

/**
 * Cost: reads the journal, writes what of it stays, computes the states of the kept commits (15 us each) and walks their
 * trees. STORE_MISSING, STORE_LOCKED, STORE_CORRUPT (nothing has been changed then), DISK_FULL.
 */
export async function collectGarbage(options: CollectOptions): Promise<CollectResult> {
  const startedMs = performance.now();
  const { root } = options;
  await bringUpToDate(root);
  const format = readFormat(root)!;
  const l2 = await openL2(root, format);
  try {
    const collection = new Collection(options, l2);
    const result = collection.run();
    return { ...result, durationMs: performance.now() - startedMs };
  } finally {
    await l2.close();
  }
}

/** Finishes what an earlier collection left, and brings all of the journal into L2. */
async function bringUpToDate(root: string): Promise<void> {
  const helios = await Helios.open({ root, create: false });
  try {
    await helios.checkpoint();
  } finally {
    await helios.close();
  }
}

class Collection {
  readonly #options: CollectOptions;
  readonly #l2: ObjectStore;
  readonly #directory: string;
  readonly #mark: CheckpointMark;
  readonly #table = new CommitTable();
  readonly #refs = new Map<string, Sequence>();
  readonly #onStep: (step: string) => void;

  constructor(options: CollectOptions, l2: ObjectStore) {
    this.#options = options;
    this.#l2 = l2;
    this.#directory = join(options.root, "journal");
    this.#mark = readMark(l2);
    this.#onStep = options.onStep ?? (() => undefined);
    for (const row of l2.range("refs")) this.#refs.set(row.key.toString(), row.value.readUIntLE(0, 6));
  }

  run(): Omit<CollectResult, "durationMs"> {
    this.#readJournal();
    const { graceMs = DEFAULT_GRACE_MS, nowMs = Date.now(), dryRun = false } = this.#options;
    const kept = keptCommits(this.#table, {
      roots: [...this.#refs.values(), ...readPins(this.#l2)],
      youngFromMs: nowMs - graceMs,
    });
    const keptCount = kept.reduce((sum, one) => sum + one, 0);
    const commits = { kept: keptCount, dropped: this.#table.size - keptCount };
    const beforeBytes = journalBytes(this.#directory);
    const journal = new JournalFollower(this.#directory, FIRST_POSITION);
    try {
      const moved = this.#computeAgain(journal, kept);
      if (dryRun || commits.dropped === 0) {
        const objects = this.#sweep(journal, this.#table, kept, !dryRun);
        const afterBytes = dryRun ? this.#keptBytes(kept) : beforeBytes;
        return { dryRun, commits, journal: { beforeBytes, afterBytes }, objects };
      }
      this.#goOver(journal, kept, moved, commits.dropped);
    } finally {
      journal.close();
    }
    const objects = finish(this.#l2, this.#options.root, this.#onStep);
    return { dryRun, commits, journal: { beforeBytes, afterBytes: journalBytes(this.#directory) }, objects };
  }

  #readJournal(): void {
    checkJournal({
      directory: this.#directory,
      table: this.#table,
      collected: readCollected(this.#l2).commits > 0,
      onFinding: ({ where, problem }) => {
        throw damaged(`${where}: ${problem}`);
      },
      onRefMove: () => undefined,
      onCommit: () => undefined,
      onProgress: (done, total) => this.#options.onProgress?.("checking", done, total),
    });
    if (this.#table.size > 0 && this.#table.lastSequence >= this.#mark.nextSequence)
      throw new HeliosError(
        "STORE_LOCKED",
        "somebody has written to the store in the meantime",
        "Collect again when nobody writes to it.",
      );
  }

  /**
   * Proves that every kept commit can be had, and finds the rows that name a dropped commit for something that a kept
   * one has as well: the same content, the same state.
   */
  #computeAgain(journal: Journal, kept: Uint8Array): StoreWrite[] {
    const isDropped = (sequence: Sequence): boolean => {
      const index = this.#table.indexOf(sequence);
      return index < 0 || kept[index] === 0;
    };
    const orphans = { places: new HashSet64(), snapshots: new HashSet64() };
    for (const space of ["places", "snapshots"] as const)
      for (const rows of rowsOf(this.#l2, space))
        for (const { key, value } of rows) if (isDropped(value.readUIntLE(0, 6))) orphans[space].add(key);
    const moved: StoreWrite[] = [];
    const replay = new Replay(this.#table, journal, this.#l2);
    for (const replayed of replay.run((index) => kept[index] === 1)) {
      if ("error" in replayed) throw damaged(replayed.error.message);
      const sequence = this.#table.sequence(replayed.index);
      for (const key of replayed.contents)
        if (orphans.places.has(hashOfKey(key))) moved.push(placeWrite(hashOfKey(key), sequence));
      if (orphans.snapshots.size > 0 && orphans.snapshots.has(replayed.root.computeHash()))
        moved.push(idWrite(Buffer.from(replayed.root.computeHash()), sequence));
      if (replayed.index % 1000 === 0)
        this.#options.onProgress?.("checking", replayed.index, this.#table.size);
    }
    return moved;
  }

  /** Copies what stays and makes it the journal, in one batch. */
  #goOver(journal: Journal, kept: Uint8Array, moved: readonly StoreWrite[], dropped: number): void {
    const firstSegment = segmentNumbers(this.#directory).at(-1)! + 2;
    this.#onStep("write the plan");
    this.#l2.write([planWrite({ stage: "copying", firstSegment })], { sync: true });
    const copier = new RecordCopier(this.#directory, firstSegment, this.#onStep);
    const index: StoreWrite[] = [];
    const names = new Set<string>();
    let copied = 0;
    for (let i = 0; i < this.#table.size; i++) {
      if (kept[i] === 0) continue;
      const frame = journal.read(this.#table.position(i));
      const position = copier.copy(frame);
      if (copied++ % INDEX_COMMITS === 0) index.push(indexWrite(this.#table.sequence(i), position));
      const { ref } = new RecordReader(frame.record).head;
      if (ref !== "") names.add(ref);
      if (copied % 1000 === 0) this.#options.onProgress?.("copying", copied, this.#table.size - dropped);
    }
    this.#copyRefs(copier, names);
    copier.finish();
    syncDirectory(this.#directory);
    const collected = readCollected(this.#l2);
    const before: StoreWrite[] = [];
    for (const rows of rowsOf(this.#l2, "index"))
      for (const { key } of rows) before.push({ kind: "delete", space: "index", key });
    this.#onStep("go over");
    this.#l2.write(
      [
        ...before,
        ...index,
        ...moved,
        markWrite({ nextSequence: this.#mark.nextSequence, position: copier.end }),
        collectedWrite({
          commits: collected.commits + dropped,
          timeMs: this.#options.nowMs ?? Date.now(),
        }),
        planWrite({ stage: "collected", firstSegment }),
      ],
      { sync: true },
    );
  }

  /** So that the journal alone still says where every ref is: moves without a commit have not been copied. */
  #copyRefs(copier: RecordCopier, namesInRecords: ReadonlySet<string>): void {
    const writer = new RecordWriter();
    const timeMs = this.#options.nowMs ?? Date.now();
    for (const name of new Set([...namesInRecords, ...this.#refs.keys()])) {
      const bytes = writer.refMove({ name, sequence: this.#refs.get(name), timeMs });
      copier.copy({ record: Buffer.from(bytes.subarray(FRAME_BYTES)) });
    }
  }

  #sweep(journal: Journal, table: CommitTable, kept: Uint8Array, apply: boolean): FreedSpaces {
    this.#options.onProgress?.("sweeping", 0, 1);
    const isKept = (index: number): boolean => kept[index] === 1;
    return sweep({ l2: this.#l2, journal, table, isKept, apply, onStep: this.#onStep });
  }

  #keptBytes(kept: Uint8Array): number {
    let bytes = 0;
    for (let i = 0; i < this.#table.size; i++)
      if (kept[i] === 1) bytes += FRAME_BYTES + this.#table.recordBytes(i);
    return bytes;
  }
}

/**
 * Puts right what a collection that was killed left behind; does nothing where there is nothing. For whoever opens the
 * store for writing, before the journal is looked at.
 */
export function finishCollection(l2: ObjectStore, root: string): void {
  const plan = readPlan(l2);
  if (plan === undefined) return;
  if (plan.stage === "collected") {
    finish(l2, root, () => undefined);
    return;
  }
  const directory = join(root, "journal");
  for (const segment of segmentNumbers(directory))
    if (segment >= plan.firstSegment) removeSegment(directory, segment);
  syncDirectory(directory);
  l2.write([planDelete()], { sync: true });
}

/** Everything behind the step that went over to the new segments. */
function finish(l2: ObjectStore, root: string, onStep: (step: string) => void): FreedSpaces {
  const directory = join(root, "journal");
  const { firstSegment } = readPlan(l2)!;
  for (const segment of segmentNumbers(directory)) {
    if (segment >= firstSegment) continue;
    onStep("remove an old segment");
    removeSegment(directory, segment);
  }
  syncDirectory(directory);
  const table = new CommitTable();
  const journal = new JournalFollower(directory, FIRST_POSITION);
  try {
    checkJournal({
      directory,
      table,
      collected: true,
      onFinding: ({ where, problem }) => {
        throw damaged(`${where}: ${problem}`);
      },
      onRefMove: () => undefined,
      onCommit: () => undefined,
      onProgress: () => undefined,
    });
    const objects = sweep({ l2, journal, table, isKept: () => true, apply: true, onStep });
    onStep("forget the plan");
    l2.write([planDelete()], { sync: true });
    return objects;
  } finally {
    journal.close();
  }
}

function removeSegment(directory: string, segment: number): void {
  rmSync(join(directory, `${String(segment).padStart(8, "0")}.log`), { force: true });
}

function journalBytes(directory: string): number {
  return segmentNumbers(directory).reduce(
    (sum, segment) => sum + statSync(join(directory, `${String(segment).padStart(8, "0")}.log`)).size,
    0,
  );
}

/** File names are on stable storage only when their directory is. */
function syncDirectory(directory: string): void {
  const fd = openSync(directory, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function damaged(problem: string): HeliosError {
  return new HeliosError(
    "STORE_CORRUPT",
    `the store is damaged and is not collected: ${problem}`,
    "`helios-cli verify` lists the damage; restore the store from a copy.",
  );
}
