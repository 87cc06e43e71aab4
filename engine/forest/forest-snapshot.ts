/** A committed forest: the snapshot of its catalogue, and what that names. */
import type { SnapshotId } from "../object/ids.ts";
import type { CommitMetrics, Snapshot } from "../vst/snapshot.ts";
import type { Vst } from "../vst/vst.ts";
import { parseTree, TREES_PREFIX } from "./catalogue.ts";

/** A committed forest: the commit of its catalogue, which names those of the trees. */
export class ForestSnapshot {
  /** The commit of the catalogue, unique in its store. */
  readonly commit: string;
  /** Of all trees that were committed; the latency is the sum, catalogue included. */
  readonly metrics: CommitMetrics;
  /** @internal */ readonly catalogue: Snapshot;
  readonly #state: Vst;
  #trees: ReadonlyMap<string, SnapshotId> | undefined;

  /** @internal `state`: a working set over the catalogue that nobody changes. */
  constructor(catalogue: Snapshot, metrics: CommitMetrics, state: Vst) {
    this.catalogue = catalogue;
    this.commit = catalogue.commit;
    this.metrics = metrics;
    this.#state = state;
  }

  /** The same for the same paths in the same trees, in every store. */
  get id(): SnapshotId {
    return this.catalogue.id;
  }

  /** By name, in byte order, the snapshot of each tree that holds something. */
  get trees(): ReadonlyMap<string, SnapshotId> {
    return (this.#trees ??= new Map(
      this.#state.list(TREES_PREFIX).map(({ path }) => {
        const name = path.slice(TREES_PREFIX.length);
        return [name, parseTree(Buffer.from(this.#state.read(path)!).toString(), name).snapshot];
      }),
    ));
  }
}
