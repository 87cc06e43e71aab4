/** A committed state, and what committing it cost. */
import type { Committed, Core } from "../core.ts";
import { commitIdOf, type Sequence, type SnapshotId, snapshotIdOf } from "../object/ids.ts";
import type { TreeNode } from "../tree/node.ts";

/** What a commit brought and what it cost. */
export interface CommitMetrics {
  /** Contents this commit brings, each counted once; tree nodes are not counted. */
  readonly newObjects: number;
  readonly newBytes: number;
  readonly changedPaths: number;
  /** Time to acknowledgement, without the id if that is read later. */
  readonly latencyUs: number;
}

/** A committed state. Holding it keeps its tree in memory. */
export class Snapshot {
  /** `c<sequence>`, unique in its store. */
  readonly commit: string;
  readonly metrics: CommitMetrics;
  /** @internal */ readonly core: Core;
  /** @internal */ readonly sequence: Sequence;
  /** @internal */ readonly root: TreeNode;
  #id: SnapshotId | undefined;

  /** @internal */
  constructor(core: Core, committed: Committed, metrics: CommitMetrics) {
    this.core = core;
    this.sequence = committed.sequence;
    this.root = committed.root;
    this.commit = commitIdOf(committed.sequence);
    this.metrics = metrics;
  }

  /** Root hash of the state; computed when first read: about 4 us for one change among 100,000 paths. */
  get id(): SnapshotId {
    if (this.#id === undefined) {
      const hash = this.root.computeHash();
      this.#id = snapshotIdOf(hash);
      this.core.registerId(hash, this.sequence);
    }
    return this.#id;
  }
}
