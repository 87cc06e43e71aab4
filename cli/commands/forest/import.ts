import * as Flags from "@oclif/core/flags";
import type { Forest, ScanResult, SnapshotId } from "@helios/engine";
import { defaultAuthor } from "../../author.ts";
import { rulesOf, treeLines, treesOf } from "../../forests.ts";
import { scanFlags, scanOptionsOf, scanRemarks } from "../../scan-flags.ts";
import { showBytes, showCount } from "../../show.ts";
import { StoreCommand, type OpenedStore } from "../../store-command.ts";

export default class ForestImport extends StoreCommand {
  static override summary = "Store the work directory as a forest: a tree for each part, committed as one.";
  static override description =
    "As `commit`, but each top-level directory becomes a tree of its own, with an id of its own, under one root; files at " +
    'the top are in the tree "*". With --tree the parts are yours: NAME=RULE, where RULE is a directory (assets/), a path ' +
    "(package.json) or * for all that no other rule covers; the longest rule decides. A forest keeps its rules, so they are " +
    "given once. All trees move together or not at all. The first import of a large directory is shared out to threads. " +
    "The same files in the same trees have the same forest id in every store.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> -m "first import"',
    "<%= config.bin %> <%= command.id %> --branch assets --tree media=media/ --tree media=fonts/ --tree rest=*",
    "<%= config.bin %> <%= command.id %> --work monorepo --store .helios --json",
  ];
  static override flags = {
    message: Flags.string({ char: "m", description: "what this state is", default: "" }),
    branch: Flags.string({ char: "b", description: "branch to advance; made if missing", default: "main" }),
    author: Flags.string({ description: "who commits; default: HELIOS_AUTHOR, or the name of the user" }),
    tree: Flags.string({
      description: "a rule by which paths belong to a tree; repeatable",
      helpValue: "NAME=RULE",
      multiple: true,
    }),
    threads: Flags.integer({
      description: "threads of a first import; default: one for each processor, for large directories",
      min: 1,
    }),
    ...scanFlags,
    "allow-empty": Flags.boolean({ description: "record a commit even without changes", default: false }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(ForestImport);
    const trees = rulesOf(flags.tree);
    return this.change(flags, { create: true, scan: true }, async (opened) => {
      const { helios, root, work } = opened;
      const head = helios.refs().find(({ name }) => name === flags.branch);
      const forest = helios.forest(head === undefined ? undefined : flags.branch, trees && { trees });
      const scanned = await this.#scan(opened, forest, {
        ...(head === undefined ? {} : { base: head.snapshot }),
        ...(flags.threads === undefined ? {} : { threads: flags.threads }),
        ...scanOptionsOf(flags),
      });
      const isChanged = head === undefined || scanned.added + scanned.modified + scanned.deleted > 0;
      const author = flags.author ?? defaultAuthor();
      const recorded =
        head !== undefined && !isChanged && !flags["allow-empty"]
          ? {
              forest: head.snapshot,
              commit: head.commit,
              newObjects: 0,
              newBytes: 0,
              changedPaths: 0,
              latencyUs: 0,
            }
          : record(forest, flags.message, { author, ref: flags.branch, recordId: true });
      const { rememberScan } = await import("@helios/engine");
      rememberScan({ root }, work, recorded.forest, forest);
      const all = treesOf(forest);
      const result = {
        version: 1,
        ...recorded,
        branch: flags.branch,
        trees: all,
        store: root,
        work,
        ...scanned,
      };
      this.log(recorded.forest);
      this.log(
        `${flags.branch} ${recorded.commit}: ${isChanged ? describe(scanned, recorded) : "nothing changed"}`,
      );
      for (const line of treeLines(all)) this.log(line);
      for (const line of scanRemarks(scanned.skipped, scanned.notes)) this.logToStderr(line);
      return result;
    });
  }

  async #scan(
    opened: OpenedStore,
    forest: Forest,
    options: ReturnType<typeof scanOptionsOf> & { readonly base?: SnapshotId; readonly threads?: number },
  ): Promise<ScanResult> {
    const { scanDirectory } = await import("@helios/engine");
    const progress = this.progress("reading files");
    try {
      return await scanDirectory({ root: opened.root }, forest, opened.work, {
        ...(opened.begun === undefined ? {} : { begun: opened.begun }),
        ...options,
        signal: this.signal,
        onProgress: (done) => progress.update(done),
      });
    } finally {
      progress.done();
    }
  }
}

interface Recorded {
  readonly forest: SnapshotId;
  readonly commit: string;
  readonly newObjects: number;
  readonly newBytes: number;
  readonly changedPaths: number;
  readonly latencyUs: number;
}

function record(
  forest: Forest,
  message: string,
  options: { author: string; ref: string; recordId: boolean },
): Recorded {
  const { id, commit, metrics } = forest.commit(message, options);
  return { forest: id, commit, ...metrics };
}

function describe({ added, modified, deleted }: ScanResult, { newObjects, newBytes }: Recorded): string {
  const size = `${showCount(newObjects, "new object", "new objects")}, ${showBytes(newBytes)}`;
  return `${added} added, ${modified} modified, ${deleted} deleted; ${size}`;
}
