import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { EntryMode, Helios, RestoreResult, SnapshotId, Vst } from "@helios/engine";
import { showCount } from "../show.ts";
import { StoreCommand, type OpenedStore } from "../store-command.ts";

export default class Restore extends StoreCommand {
  static override summary = "Go back to a snapshot.";
  static override description =
    "Makes SNAPSHOT the newest state of the branch, as a new commit on top, so nothing of the history is lost. With " +
    "--eager (the default) the work directory is made equal to it first: files that differ are written, files that it " +
    "does not have are deleted; ignored files stay. Changes that are in no snapshot are never overwritten, unless " +
    "--force gives them up. With --lazy no file is touched: read what you need with `read`, `ls` or `materialize`. " +
    "--select restores only the paths it chooses and leaves all others as they are.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> blake3:1f8e",
    '<%= config.bin %> <%= command.id %> c3 --select "src/**" --select "!**/*.test.ts"',
    "<%= config.bin %> <%= command.id %> c3 --lazy",
  ];
  static override args = {
    snapshot: Args.string({
      description: "blake3:<hex>, a unique beginning, a commit or a branch",
      required: true,
    }),
  };
  static override flags = {
    eager: Flags.boolean({ description: "make the work directory equal (default)", exclusive: ["lazy"] }),
    lazy: Flags.boolean({ description: "only move the branch; touch no file", default: false }),
    select: Flags.string({
      description: 'glob of paths to restore, "!" leaves out; repeatable',
      multiple: true,
    }),
    force: Flags.boolean({ description: "give up changes that are in no snapshot", default: false }),
    branch: Flags.string({ char: "b", description: "branch to advance", default: "main" }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Restore);
    return this.change(flags, { create: false }, async (opened) => {
      const { helios } = opened;
      const wanted = helios.resolve(args.snapshot);
      const select = flags.select ?? [];
      const files = flags.lazy
        ? { written: 0, deleted: 0 }
        : await this.#restoreFiles(opened, flags.branch, wanted, select, flags.force);
      const moved = await moveBranch(helios, flags.branch, wanted, select);
      const result = {
        version: 1,
        restored: wanted,
        ...moved,
        branch: flags.branch,
        lazy: flags.lazy,
        ...files,
      };
      this.#show(result);
      return result;
    });
  }

  async #restoreFiles(
    opened: OpenedStore,
    branch: string,
    wanted: SnapshotId,
    select: readonly string[],
    force: boolean,
  ): Promise<RestoreResult> {
    const { restoreDirectory, scanDirectory } = await import("@helios/engine/directory");
    const { helios, root, work } = opened;
    const { signal } = this;
    const progress = this.progress("restoring files");
    try {
      const states = {
        disk: helios.checkout(branch),
        saved: helios.checkout(branch),
        wanted: helios.checkout(wanted),
      };
      const { disk } = states;
      // Where neither state keeps empty directories, none is unsaved work.
      const keepsEmpty = hasDirectories(states.saved) || hasDirectories(states.wanted);
      const emptyDirectories = keepsEmpty ? "keep" : "ignore";
      await scanDirectory({ root }, disk, work, { signal, emptyDirectories });
      const onProgress = (done: number, total: number) => progress.update(done, total);
      const source = { readObject: (hash: string) => helios.readObject(hash), access: disk.threadAccess() };
      return await restoreDirectory(work, states, source, { select, force, signal, onProgress });
    } finally {
      progress.done();
    }
  }

  #show(result: RestoreResult & { snapshot: string; commit: string; branch: string; lazy: boolean }): void {
    this.log(result.snapshot);
    const files = result.lazy
      ? "no file touched"
      : `${showCount(result.written, "file", "files")} written, ${result.deleted} deleted`;
    this.log(`${result.branch} ${result.commit}: ${files}`);
  }
}

/** Records the restored state on the branch; the branch's own newest commit when that is its state already. */
async function moveBranch(helios: Helios, branch: string, wanted: SnapshotId, select: readonly string[]) {
  const { compileSelectors } = await import("@helios/engine/directory");
  const isSelected = compileSelectors(select);
  const vst = helios.checkout(branch);
  const head = helios.refs().find(({ name }) => name === branch);
  const changes = helios.diff(helios.resolve(branch), wanted).filter(({ path }) => isSelected(path));
  if (changes.length === 0)
    return { snapshot: head?.snapshot ?? wanted, commit: head?.commit ?? "", changedPaths: 0 };
  // Deletions first: a path may have been a file and now be a directory.
  for (const { kind, path } of changes) if (kind === "deleted") vst.delete(path);
  for (const change of changes) if (change.kind !== "deleted") copyEntry(helios, vst, change.to);
  const { id, commit } = vst.commit(`restore ${wanted}`, { ref: branch, recordId: true });
  return { snapshot: id, commit, changedPaths: changes.length };
}

function hasDirectories(vst: Vst): boolean {
  for (const { mode } of vst.entries()) if (mode === "directory") return true;
  return false;
}

function copyEntry(
  helios: Helios,
  vst: Vst,
  { path, hash, mode }: { path: string; hash: string; mode: EntryMode },
): void {
  vst.write(path, helios.readObject(hash), { mode });
}
