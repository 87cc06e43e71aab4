/** The whole of a verification: journal, objects, commits, rows, in this order; objects and commits at the same time. */
import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { HeliosError } from "../errors.ts";
import { CommitTable } from "../gc/commit-table.ts";
import { readPins } from "../gc/pins.ts";
import { type CollectionPlan, META_COLLECTED, readCollected, readPlan } from "../gc/plan.ts";
import { HashSet64 } from "../gc/hash-set.ts";
import { Replay } from "../gc/replay.ts";
import { JournalFollower, FIRST_POSITION, type Position } from "../journal/journal.ts";
import { hashOfKey, type Sequence } from "../object/ids.ts";
import { type CheckpointMark, readMark } from "../store/l2-writer.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { decodeNode, type TreeNode } from "../tree/node.ts";
import type { VerifyOptions, VerifyReport, VerifyStep } from "../verify.ts";
import { affectedBy } from "./affected.ts";
import type { Damage, Finding, Findings } from "./damage.ts";
import { type HashedObjects, hashObjects, missingFrom } from "./hash-objects.ts";
import { checkJournal, isLost, type JournalSummary } from "./journal-check.ts";
import { rowsOf, SHARDS } from "./object-check.ts";
import { PairSet, RowCheck } from "./row-check.ts";

/** Threads are let in and progress is shown this often. */
const TURN_MS = 50;

export class FullCheck {
  readonly #options: VerifyOptions;
  readonly #l2: ObjectStore | undefined;
  readonly #findings: Findings;
  readonly #table = new CommitTable();
  readonly #refs = new Map<string, Sequence>();
  /** As of the checkpoint's mark. */
  readonly #refsAtMark = new Map<string, Sequence>();
  readonly #refStates = new Map<string, TreeNode>();
  readonly #contentsAt = new PairSet();
  readonly #idsAt = new PairSet();
  /** Why the state of a commit cannot be had; those that build on it have the same reason. */
  readonly #broken = new Map<Sequence, HeliosError>();
  readonly #reasons = new Map<Finding, HeliosError>();
  readonly #storedContents: Buffer[] = [];
  /** Of a collection that was killed. */
  #plan: CollectionPlan | undefined;
  #load: ((hash: Uint8Array) => TreeNode) | undefined;

  constructor(options: VerifyOptions, l2: ObjectStore | undefined, findings: Findings) {
    this.#options = options;
    this.#l2 = l2;
    this.#findings = findings;
  }

  async run(): Promise<Pick<VerifyReport, "checked" | "unfinishedBytes" | "unfinishedCollection">> {
    const l2 = this.#l2;
    const mark = l2 === undefined ? undefined : this.#readMeta(l2);
    const journal = this.#checkJournal(mark);
    let hashed: HashedObjects | undefined;
    let rows = 0;
    if (l2 !== undefined) {
      hashed = await this.#hashAndReplay(l2);
      rows = this.#checkRows(l2, hashed, mark, journal);
    }
    return {
      checked: {
        journalSegments: journal.segments,
        journalRecords: journal.records,
        journalBytes: journal.bytes,
        commits: this.#table.size,
        nodes: hashed?.nodes ?? 0,
        contents: hashed?.contents ?? 0,
        objectBytes: hashed?.bytes ?? 0,
        rows,
        refs: this.#refs.size,
      },
      unfinishedBytes: journal.unfinishedBytes,
      unfinishedCollection: this.#plan !== undefined,
    };
  }

  /** The threads hash while this one computes states. None is left at work when this fails. */
  async #hashAndReplay(l2: ObjectStore): Promise<HashedObjects> {
    const stop = new AbortController();
    const hashing = hashObjects(l2, {
      threads: this.#options.threads ?? threadsFor(this.#options.root),
      signal: stop.signal,
      onFinding: (finding) => this.#findings.add(finding),
      onProgress: (done, total) => this.#progress("objects", done, total),
    });
    try {
      await this.#replay(l2);
    } catch (error) {
      stop.abort();
      await hashing.catch(() => undefined);
      throw error;
    }
    return hashing;
  }

  /** The findings with whom they affect. */
  damages(): Damage[] {
    const { kept } = this.#findings;
    const hashes = kept.flatMap(({ hash }) => hash ?? []);
    const affected = this.#load === undefined ? new Map() : affectedBy(hashes, this.#refStates, this.#load);
    return kept.map((finding) => {
      const { kind, where, code, problem, hash } = finding;
      const whom = hash === undefined ? undefined : affected.get(hash.toString("hex"));
      return {
        kind,
        where,
        code,
        problem,
        refs: whom?.refs ?? this.#refsWithout(finding),
        paths: whom?.paths ?? [],
      };
    });
  }

  /** Refs whose commit or its state is gone for this reason. */
  #refsWithout(finding: Finding): string[] {
    const reason = this.#reasons.get(finding);
    const lost = finding.lost === undefined ? [] : [finding.lost];
    return [...this.#refs].flatMap(([ref, at]) =>
      isLost(lost, at) ||
      (reason !== undefined && this.#broken.get(at) === reason && !this.#refStates.has(ref))
        ? ref
        : [],
    );
  }

  get #collected(): boolean {
    return this.#l2?.get("meta", META_COLLECTED) !== undefined;
  }

  get #journalDirectory(): string {
    return join(this.#options.root, "journal");
  }

  #readMeta(l2: ObjectStore): CheckpointMark | undefined {
    try {
      this.#plan = readPlan(l2);
      readPins(l2);
      readCollected(l2);
      const mark = readMark(l2);
      if (Number.isSafeInteger(mark.nextSequence) && Number.isSafeInteger(mark.position)) {
        for (const { key, value } of l2.range("refs")) this.#refs.set(key.toString(), value.readUIntLE(0, 6));
        return mark;
      }
      this.#findings.add(row("meta", "checkpoint", `it says ${JSON.stringify(mark)}`));
    } catch (error) {
      this.#findings.add(row("meta", "", error instanceof Error ? error.message : String(error)));
    }
    return undefined;
  }

  #checkJournal(mark: CheckpointMark | undefined): JournalSummary {
    const before = mark?.position ?? FIRST_POSITION;
    const set = (name: string, sequence: Sequence | undefined, position: Position): void => {
      for (const refs of position < before ? [this.#refs, this.#refsAtMark] : [this.#refs])
        if (sequence === undefined) refs.delete(name);
        else refs.set(name, sequence);
    };
    return checkJournal({
      directory: this.#journalDirectory,
      table: this.#table,
      collected: this.#collected,
      isPart: (segment) => isPartOf(this.#plan, segment),
      onFinding: (finding) => this.#findings.add(finding),
      onRefMove: ({ name, sequence }, position) => set(name, sequence, position),
      onCommit: ({ ref, sequence }, position) => {
        if (ref !== "") set(ref, sequence, position);
      },
      onProgress: (done, total) => this.#progress("journal", done, total),
    });
  }

  async #replay(l2: ObjectStore): Promise<void> {
    const journal = new JournalFollower(this.#journalDirectory, FIRST_POSITION);
    const replay = new Replay(this.#table, journal, l2);
    this.#load = (hash) => replay.objects.loadNode(hash);
    const refsAt = new Map<Sequence, string[]>();
    for (const [ref, sequence] of this.#refs) refsAt.set(sequence, [...(refsAt.get(sequence) ?? []), ref]);
    let pauseMs = performance.now() + TURN_MS;
    try {
      for (const replayed of replay.run()) {
        const sequence = this.#table.sequence(replayed.index);
        if ("error" in replayed) {
          this.#broken.set(sequence, replayed.error);
          if (!replayed.inherited) this.#foundBroken(sequence, replayed.error);
        } else {
          for (const key of replayed.contents) this.#contentsAt.add(hashOfKey(key), sequence);
          for (const key of replayed.stored) {
            this.#storedContents.push(hashOfKey(key));
            this.#contentsAt.add(hashOfKey(key), sequence);
          }
        }
        if (replayed.root !== undefined) {
          this.#idsAt.add(replayed.root.computeHash(), sequence);
          for (const ref of refsAt.get(sequence) ?? []) this.#refStates.set(ref, replayed.root);
        }
        if (performance.now() < pauseMs) continue;
        this.#progress("commits", replayed.index + 1, this.#table.size);
        await turn();
        pauseMs = performance.now() + TURN_MS;
      }
    } finally {
      journal.close();
    }
  }

  #foundBroken(sequence: Sequence, error: HeliosError): void {
    const finding: Finding = {
      kind: "commit",
      where: `c${sequence}`,
      code: error.code,
      problem: error.message,
    };
    this.#reasons.set(finding, error);
    this.#findings.add(finding);
  }

  #checkRows(
    l2: ObjectStore,
    hashed: HashedObjects,
    mark: CheckpointMark | undefined,
    journal: JournalSummary,
  ): number {
    const check = new RowCheck({
      l2,
      table: this.#table,
      onFinding: (finding) => this.#findings.add(finding),
      isBroken: (sequence) => this.#broken.has(sequence),
      // Rows about dropped commits go when the collection is finished.
      isLost: (sequence) => this.#plan?.stage === "collected" || isLost(journal.lost, sequence),
      collected: this.#collected,
      contentsAt: this.#contentsAt,
      idsAt: this.#idsAt,
      nodeKeys: hashed.nodeKeys,
    });
    if (mark !== undefined) check.mark(mark, journal.end);
    // Refs are moved by records: where some are gone, the object store may know better.
    if (journal.lost.length === 0) check.refs(this.#refsAtMark, this.#refs);
    check.index();
    check.roots();
    check.snapshots();
    const places = check.places();
    this.#progress("rows", 1, 1);
    const nodes = missingFrom(hashed.nodesWanted, [hashed.nodeKeys]);
    const contents = missingFrom(hashed.contentsWanted, [hashed.contentKeys, places]);
    if (nodes.size + contents.size > 0) this.#nameMissing(l2, nodes, contents);
    for (const hash of this.#storedContents)
      if (!hashed.contentKeys.has(hash)) this.#findings.add(missing("content", hash));
    return check.rows;
  }

  /** Who refers to something by eight bytes of its hash has all of it. */
  #nameMissing(l2: ObjectStore, nodes: HashSet64, contents: HashSet64): void {
    const named = new HashSet64();
    for (let shard = 0; shard < SHARDS; shard++)
      for (const { key, value } of rowsOf(l2, "nodes", shard, []))
        for (const [kind, hash] of referencesOf(key, value)) {
          const isMissing = (kind === "node" ? nodes : contents).has(hash);
          if (isMissing && named.add(hash)) this.#findings.add(missing(kind, hash));
        }
  }

  #progress(step: VerifyStep, done: number, total: number): void {
    const { signal, onProgress } = this.#options;
    if (signal?.aborted === true)
      throw new HeliosError("ABORTED", "the verification was interrupted", "Run it again.", {
        cause: signal.reason,
      });
    onProgress?.(step, done, total);
  }
}

/** A thread takes longer to start than this many bytes take to hash. */
const THREADS_FROM_BYTES = 64 * 1024 * 1024;

function threadsFor(root: string): number {
  let bytes = 0;
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  return bytes < THREADS_FROM_BYTES ? 0 : availableParallelism();
}

function referencesOf(key: Buffer, value: Buffer): (readonly ["node" | "content", Buffer])[] {
  let node: TreeNode;
  try {
    node = decodeNode(value, key);
  } catch {
    // Found before.
    return [];
  }
  return Array.from({ length: node.count }, (_, i) => {
    const at = node.valueAt(i);
    return [node.isLeaf ? "content" : "node", node.body.subarray(at, at + 32)] as const;
  });
}

/** Of a collection that was killed the old segments count until it went over to the new ones. */
function isPartOf(plan: CollectionPlan | undefined, segment: number): boolean {
  return plan === undefined || (plan.stage === "collected") === segment >= plan.firstSegment;
}

function missing(kind: "node" | "content", hash: Buffer): Finding {
  const problem = `it is named by ${kind === "node" ? "another node" : "a state"} and is not in the store`;
  return { kind, where: hash.toString("hex"), code: "OBJECT_MISSING", problem, hash: Buffer.from(hash) };
}

function row(space: string, name: string, problem: string): Finding {
  return { kind: "place", where: `${space} ${name}`, code: "STORE_CORRUPT", problem };
}
