import * as Flags from "@oclif/core/flags";
import type { Ref, ScanResult, SnapshotId, Vst } from "@helios/engine";
import { defaultAuthor } from "../author.ts";
import { scanFlags, scanOptionsOf, scanRemarks } from "../scan-flags.ts";
import { showBytes, showCount } from "../show.ts";
import { StoreCommand, type OpenedStore } from "../store-command.ts";

export default class Commit extends StoreCommand {
  static override summary = "Store the work directory as a snapshot.";
  static override description =
    "Reads the files that changed since the last commit and records the state of the whole directory. .gitignore and " +
    ".heliosignore are obeyed at every level; .git and the store are never stored; modes and symlinks are kept; empty " +
    "directories leave no trace, unless --empty-directories keep. Sockets, pipes, devices and names that are not UTF-8 " +
    "are named and not stored; a file that cannot be read ends the commit, and nothing is recorded. Without changes nothing is recorded and the branch's newest commit is the answer. " +
    "The same content has the same snapshot id in every store.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> -m "before the migration"',
    "<%= config.bin %> <%= command.id %> --work build/out --store .helios --json",
    "<%= config.bin %> <%= command.id %> --branch try-2 --no-ignore-files",
    "<%= config.bin %> <%= command.id %> --empty-directories keep --invalid-names refuse",
  ];
  static override flags = {
    message: Flags.string({ char: "m", description: "what this state is", default: "" }),
    branch: Flags.string({ char: "b", description: "branch to advance; made if missing", default: "main" }),
    author: Flags.string({ description: "who commits; default: HELIOS_AUTHOR, or the name of the user" }),
    ...scanFlags,
    "allow-empty": Flags.boolean({ description: "record a commit even without changes", default: false }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Commit);
    const author = flags.author ?? defaultAuthor();
    return this.change(flags, { create: true, scan: true }, async (opened) => {
      const { helios, root, work } = opened;
      const head = helios.refs().find(({ name }) => name === flags.branch);
      const vst = head === undefined ? helios.vst() : helios.checkout(flags.branch);
      const scanned = await this.#scan(opened, vst, {
        base: head?.snapshot,
        ...scanOptionsOf(flags),
      });
      const isChanged = head === undefined || scanned.added + scanned.modified + scanned.deleted > 0;
      const recorded =
        isChanged || flags["allow-empty"]
          ? record(vst, flags.message, { author, ref: flags.branch, recordId: true })
          : unchanged(head);
      await remember(opened, recorded.snapshot);
      const result = { version: 1, ...recorded, branch: flags.branch, store: root, work, ...scanned };
      this.#show(result, isChanged);
      return result;
    });
  }

  async #scan(
    opened: OpenedStore,
    vst: Vst,
    { base, ...options }: { base: SnapshotId | undefined } & ReturnType<typeof scanOptionsOf>,
  ): Promise<ScanResult> {
    const { scanDirectory } = await import("@helios/engine/directory");
    const progress = this.progress("reading files");
    try {
      return await scanDirectory({ root: opened.root }, vst, opened.work, {
        ...(base === undefined ? {} : { base }),
        ...(opened.begun === undefined ? {} : { begun: opened.begun }),
        ...options,
        signal: this.signal,
        onProgress: (done) => progress.update(done),
      });
    } finally {
      progress.done();
    }
  }

  #show(result: ScanResult & Recorded & { branch: string }, isChanged: boolean): void {
    this.log(result.snapshot);
    const { added, modified, deleted, skipped, notes } = result;
    const changes = `${added} added, ${modified} modified, ${deleted} deleted`;
    const size = `${showCount(result.newObjects, "new object", "new objects")}, ${showBytes(result.newBytes)}`;
    this.log(`${result.branch} ${result.commit}: ${isChanged ? `${changes}; ${size}` : "nothing changed"}`);
    for (const line of scanRemarks(skipped, notes)) this.logToStderr(line);
  }
}

interface Recorded {
  readonly snapshot: SnapshotId;
  readonly commit: string;
  readonly newObjects: number;
  readonly newBytes: number;
  readonly changedPaths: number;
  readonly latencyUs: number;
}

function record(
  vst: Vst,
  message: string,
  options: { author: string; ref: string; recordId: boolean },
): Recorded {
  const snapshot = vst.commit(message, options);
  const { newObjects, newBytes, changedPaths, latencyUs } = snapshot.metrics;
  return { snapshot: snapshot.id, commit: snapshot.commit, newObjects, newBytes, changedPaths, latencyUs };
}

function unchanged({ snapshot, commit }: Ref): Recorded {
  return { snapshot, commit, newObjects: 0, newBytes: 0, changedPaths: 0, latencyUs: 0 };
}

/** So that the next commit starts from what this one knows. */
async function remember({ root, work }: OpenedStore, snapshot: SnapshotId): Promise<void> {
  const { rememberScan } = await import("@helios/engine/directory");
  rememberScan({ root }, work, snapshot);
}
