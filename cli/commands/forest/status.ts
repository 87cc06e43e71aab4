import * as Flags from "@oclif/core/flags";
import type { Forest, StatusChange } from "@helios/engine";
import { type ShownTree, treeLines, treesOf } from "../../forests.ts";
import { scanFlags, scanOptionsOf, scanRemarks } from "../../scan-flags.ts";
import { showCount } from "../../show.ts";
import { StoreCommand, type OpenedStore } from "../../store-command.ts";

type Kind = StatusChange["kind"];
type Counts = Record<Kind, number>;

export default class ForestStatus extends StoreCommand {
  static override summary = "Show the trees of a forest, and what an import would change in each.";
  static override description =
    "Compares the work directory with the newest commit of the branch and counts by tree what differs; --json lists the " +
    "paths too. Only files whose stat changed are read, and nothing is recorded. The exit status is 0 whether or not " +
    "something differs.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --branch assets --json",
  ];
  static override flags = {
    branch: Flags.string({ char: "b", description: "branch to compare with", default: "main" }),
    ...scanFlags,
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(ForestStatus);
    const use = async (opened: OpenedStore): Promise<unknown> => {
      const forest = opened.helios.forest(flags.branch);
      const id = forest.identify();
      // Before the work directory is compared with it, which spends the forest.
      const stored = treesOf(forest);
      const { changes, unchanged, rehashed, skipped } = await this.#look(
        opened,
        forest,
        scanOptionsOf(flags),
      );
      const trees = withChanges(stored, changes, forest);
      const clean = changes.length === 0;
      this.log(`${flags.branch} ${id}`);
      for (const line of treeLines(trees, (tree) => showCounts(tree))) this.log(line);
      this.log(clean ? "nothing differs" : showCount(changes.length, "path differs", "paths differ"));
      for (const line of scanRemarks(skipped)) this.logToStderr(line);
      const { root: store, work } = opened;
      return {
        version: 1,
        branch: flags.branch,
        forest: id,
        clean,
        trees,
        changes,
        unchanged,
        rehashed,
        skipped,
        store,
        work,
      };
    };
    return this.read(flags, use, { scan: true });
  }

  async #look({ root, work, begun }: OpenedStore, forest: Forest, options: ReturnType<typeof scanOptionsOf>) {
    const { directoryStatus } = await import("@helios/engine");
    const progress = this.progress("looking at files");
    try {
      return await directoryStatus({ root }, forest, work, {
        base: forest.identify(),
        ...(begun === undefined ? {} : { begun }),
        ...options,
        signal: this.signal,
        onProgress: (done) => progress.update(done),
      });
    } finally {
      progress.done();
    }
  }
}

interface TreeStatus extends ShownTree {
  readonly changes: Counts;
}

function withChanges(
  stored: readonly ShownTree[],
  changes: readonly StatusChange[],
  forest: Forest,
): TreeStatus[] {
  const counts = new Map<string, Counts>();
  for (const { path, kind } of changes) {
    const name = forest.treeOf(path);
    let of = counts.get(name);
    if (of === undefined) counts.set(name, (of = { added: 0, modified: 0, deleted: 0, "type-changed": 0 }));
    of[kind]++;
  }
  const none = { added: 0, modified: 0, deleted: 0, "type-changed": 0 };
  const known = new Map(stored.map((tree) => [tree.name, tree]));
  const names = new Set([...known.keys(), ...counts.keys()]);
  return [...names].map((name) => ({
    name,
    snapshot: known.get(name)?.snapshot ?? null,
    paths: known.get(name)?.paths ?? 0,
    changes: counts.get(name) ?? none,
  }));
}

function showCounts({ changes }: TreeStatus): string {
  const some = Object.entries(changes).filter(([, count]) => count > 0);
  return some.length === 0 ? "" : `  ${some.map(([kind, count]) => `${count} ${kind}`).join(", ")}`;
}
