/** One collection of a store that is open for nobody else: what stays, going over to it, and the sweep. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { HeliosError } from "../errors.ts";
import { type CollectOptions, type CollectResult, DEFAULT_GRACE_MS } from "../gc.ts";
import { indexWrite } from "../history.ts";
import { FIRST_POSITION, type Journal, JournalFollower } from "../journal/journal.ts";
import { FRAME_BYTES, RecordReader, RecordWriter } from "../journal/record.ts";
import { hashOfKey, type Sequence } from "../object/ids.ts";
import { type CheckpointMark, idWrite, markWrite, readMark } from "../store/l2-writer.ts";
import { type ObjectStore, rowsOf, type StoreWrite } from "../store/object-store.ts";
import { placeWrite } from "../store/objects.ts";
import { checkJournal, segmentNumbers } from "../verify/journal-check.ts";
import { CommitTable } from "./commit-table.ts";
import { RecordCopier } from "./copy-records.ts";
import { damaged, finish, syncDirectory } from "./finish.ts";
import { HashSet64 } from "./hash-set.ts";
import { keptCommits } from "./keep.ts";
import { readPins } from "./pins.ts";
import { collectedWrite, planWrite, readCollected } from "./plan.ts";
import { Replay } from "./replay.ts";
import { type FreedSpaces, sweep } from "./sweep.ts";

/** Every so many kept commits the index says where the commit is. */
const INDEX_COMMITS = 16;

export class Collection {
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
    const { end } = checkJournal({
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
    // Between bringing the store up to date and locking it, somebody may have moved a ref: L2 does not know of it.
    if (end !== this.#mark.position)
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

function journalBytes(directory: string): number {
  return segmentNumbers(directory).reduce(
    (sum, segment) => sum + statSync(join(directory, `${String(segment).padStart(8, "0")}.log`)).size,
    0,
  );
}
