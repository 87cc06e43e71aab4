import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type * as engineDoor from "@helios/engine";
import type { Helios, MergeConflict, MergeResult, Ref, RestoreResult, Vst } from "@helios/engine";
import { CliError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { showCount, showPath } from "../show.ts";
import { StoreCommand, type OpenedStore } from "../store-command.ts";

type Engine = typeof engineDoor;

/** What the command did to the branch. */
type Outcome = "up-to-date" | "fast-forward" | "merged" | "conflicts";

interface Merged {
  readonly outcome: Outcome;
  readonly merge: MergeResult & { readonly vst: Vst };
  /** Those that nobody has settled. */
  readonly conflicts: readonly MergeConflict[];
  readonly files: RestoreResult;
  readonly out?: string;
}

const nothingWritten: RestoreResult = { written: 0, deleted: 0 };

export default class Merge extends StoreCommand {
  static override summary = "Bring what another branch changed into this one.";
  static override description =
    "Merges FROM into a branch (--into, default main) by three-way merge since their nearest common ancestor, as a commit " +
    "with two parents; where the branch has nothing of its own it is only moved to FROM. The files of the work directory " +
    "that the merge changes are updated, all others stay as they are; --lazy touches no file.\n\n" +
    "Conflicts are listed and end with status 1, and neither branch nor work directory is changed. No side is ever lost: a " +
    "text has both sides between markers, of anything else both versions are kept, the second as PATH.theirs-<hash>; a " +
    "file that was deleted on one side and changed on the other stays; a file that is a directory on the other side " +
    "moves to PATH.ours-<hash> or PATH.theirs-<hash>. To settle conflicts write that state to a directory with --out DIR, " +
    "edit it, and give it back with --resolved DIR. Or commit it as it is with --commit-conflicts.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> try-2",
    '<%= config.bin %> <%= command.id %> try-2 --into main -m "the second try" --lazy',
    "<%= config.bin %> <%= command.id %> try-2 --out merged && edit merged/a.txt && <%= config.bin %> <%= command.id %> try-2 --resolved merged",
    "<%= config.bin %> <%= command.id %> c7 --dry-run --json",
  ];
  static override args = {
    from: Args.string({
      description: "what to merge: a branch, a commit, blake3:<hex> or a unique beginning of it",
      required: true,
    }),
  };
  static override flags = {
    into: Flags.string({ description: "branch to merge into", default: "main" }),
    base: Flags.string({
      description: "snapshot that both sides come from; default: their nearest common ancestor",
    }),
    message: Flags.string({ char: "m", description: "what this merge is; default: merge FROM into BRANCH" }),
    author: Flags.string({ description: "who merges; default: HELIOS_AUTHOR" }),
    "fast-forward": Flags.boolean({
      description: "only move the branch where it has nothing of its own",
      default: true,
      allowNo: true,
    }),
    "allow-unrelated": Flags.boolean({
      description: "merge states that share no commit: whatever both have and is not equal is a conflict",
      default: false,
    }),
    "conflict-style": Flags.string({
      description: "what stands between markers: both sides, or the base too",
      options: ["merge", "diff3"],
      default: "merge",
    }),
    out: Flags.string({
      description: "where there are conflicts, write the merged state with both sides to this directory",
      helpValue: "DIR",
      exclusive: ["resolved", "commit-conflicts"],
    }),
    resolved: Flags.string({
      description: "commit the content of this directory as the result of the merge",
      helpValue: "DIR",
      exclusive: ["commit-conflicts"],
    }),
    "commit-conflicts": Flags.boolean({
      description: "commit the merged state although it has conflicts; still ends with status 1",
      default: false,
    }),
    lazy: Flags.boolean({ description: "touch no file of the work directory", default: false }),
    "dry-run": Flags.boolean({ description: "only say what would happen", default: false }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Merge);
    if (flags.resolved !== undefined && !isDirectory(flags.resolved))
      throw new CliError(
        "PATH_UNKNOWN",
        `there is no directory ${flags.resolved}`,
        "--out DIR writes one to be edited",
        { path: flags.resolved },
      );
    return this.change(flags, { create: false }, async (opened) => {
      const engine = await import("@helios/engine");
      const { helios } = opened;
      const head = branchOf(helios, flags.into);
      const merge = helios.merge(flags.into, args.from, {
        ...(flags.base === undefined ? {} : { base: flags.base }),
        labels: { ours: flags.into, theirs: args.from, base: "base" },
        conflictStyle: flags["conflict-style"] === "diff3" ? "diff3" : "merge",
      });
      if (merge.relation === "unrelated" && flags.base === undefined && !flags["allow-unrelated"])
        throw new CliError(
          "MERGE_UNRELATED",
          `${args.from} and ${flags.into} have no commit in common`,
          "--base SNAPSHOT says what both come from, --allow-unrelated merges them all the same",
        );
      const merged = await this.#apply(engine, opened, head, merge, { ...flags, from: args.from });
      const result = resultOf(helios, args.from, flags.into, flags.lazy, merged);
      this.#show(result, flags["dry-run"]);
      if (merged.conflicts.length > 0) this.exitWith(exitCodes.noGo);
      return result;
    });
  }

  async #apply(
    engine: Engine,
    opened: OpenedStore,
    head: Ref,
    merge: MergeResult & { readonly vst: Vst },
    flags: MergeFlags,
  ): Promise<Merged> {
    const { helios } = opened;
    const plain = { merge, conflicts: merge.conflicts, files: nothingWritten };
    if (merge.relation === "up-to-date" && flags.base === undefined)
      return { ...plain, outcome: "up-to-date" };
    const isFastForward =
      merge.relation === "fast-forward" &&
      flags["fast-forward"] &&
      flags.base === undefined &&
      flags.resolved === undefined;
    const outcome = isFastForward ? "fast-forward" : "merged";
    const unsettled = await this.#unsettled(engine, opened, merge, flags);
    if (flags["dry-run"])
      return { ...plain, conflicts: unsettled, outcome: unsettled.length > 0 ? "conflicts" : outcome };
    if (unsettled.length > 0 && !flags["commit-conflicts"]) {
      const held = { ...plain, conflicts: unsettled, outcome: "conflicts" } as const;
      if (flags.out === undefined) return held;
      const files = await this.#writeOut(engine, opened, flags.into, merge.vst, flags.out);
      return { ...held, files, out: resolve(flags.out) };
    }
    // Files first: ended between the two, running it again finds the files as it wants them and moves the branch.
    const files = flags.lazy
      ? nothingWritten
      : await this.#updateFiles(engine, opened, flags.into, merge.vst);
    if (isFastForward && merge.theirs !== undefined) helios.setRef(flags.into, merge.theirs, head.commit);
    else
      merge.vst.commit(flags.message ?? `merge ${flags.from} into ${flags.into}`, {
        author: flags.author ?? process.env["HELIOS_AUTHOR"] ?? "",
        ref: flags.into,
        recordId: true,
      });
    return { ...plain, conflicts: unsettled, outcome, files };
  }

  /** With --resolved the directory is the result, and what is left to settle are markers in it. */
  async #unsettled(
    { scanDirectory }: Engine,
    { root }: OpenedStore,
    merge: MergeResult & { readonly vst: Vst },
    { from, into, resolved }: MergeFlags,
  ): Promise<readonly MergeConflict[]> {
    if (resolved === undefined) return merge.conflicts;
    const directory = resolve(resolved);
    await scanDirectory({ root }, merge.vst, directory, { signal: this.signal });
    return merge.conflicts.filter(
      ({ path, resolution }) => resolution === "markers" && hasMarkers(join(directory, path), into, from),
    );
  }

  /** The merged state into a directory of its own, or into the work directory if the user names that. */
  async #writeOut(
    engine: Engine,
    opened: OpenedStore,
    into: string,
    merged: Vst,
    out: string,
  ): Promise<RestoreResult> {
    const directory = resolve(out);
    mkdirSync(directory, { recursive: true });
    return this.#restore(engine, opened, into, merged, directory, () => merged);
  }

  /** Only what the merge changed: other changes in the work directory stay. */
  #updateFiles(engine: Engine, opened: OpenedStore, into: string, merged: Vst): Promise<RestoreResult> {
    return this.#restore(engine, opened, into, merged, opened.work, (disk) => {
      const wanted = disk.fork();
      const changes = merged.changes();
      for (const { kind, path } of changes) if (kind === "deleted") wanted.delete(path);
      for (const change of changes)
        if (change.kind !== "deleted")
          wanted.write(change.path, merged.read(change.path)!, { mode: change.to.mode });
      return wanted;
    });
  }

  async #restore(
    { HeliosError, restoreDirectory, scanDirectory }: Engine,
    { helios, root }: OpenedStore,
    into: string,
    merged: Vst,
    directory: string,
    wantedOf: (disk: Vst) => Vst,
  ): Promise<RestoreResult> {
    const { signal } = this;
    const progress = this.progress("updating files");
    const pathOf = new Map<string, string>();
    for (const change of merged.changes())
      if (change.kind !== "deleted") pathOf.set(change.to.hash, change.path);
    try {
      const disk = helios.checkout(into);
      await scanDirectory({ root }, disk, directory, { signal });
      const states = { disk, saved: helios.checkout(into), wanted: wantedOf(disk) };
      const read = (hash: string) => {
        const path = pathOf.get(hash);
        return path === undefined ? helios.readObject(hash) : merged.read(path)!;
      };
      const onProgress = (done: number, total: number) => progress.update(done, total);
      return await restoreDirectory(directory, states, read, { signal, onProgress });
    } catch (error) {
      if (!(error instanceof HeliosError) || error.code !== "UNSAVED_CHANGES") throw error;
      throw new HeliosError(
        error.code,
        error.message,
        "commit them first, choose an empty directory (--out), or leave the work directory as it is (--lazy)",
        { path: error.path, cause: error },
      );
    } finally {
      progress.done();
    }
  }

  #show(result: ReturnType<typeof resultOf>, isDryRun: boolean): void {
    const { outcome, into, from, commit, conflicts, out } = result;
    this.log(result.snapshot);
    const would = isDryRun ? "would be " : "";
    const changed = showCount(result.changedPaths, "path", "paths");
    switch (outcome) {
      case "up-to-date":
        this.log(`${into} ${commit}: has all of ${from} already`);
        break;
      case "fast-forward":
        this.log(`${into} ${commit}: ${would}moved on to ${from}, ${changed} changed`);
        break;
      case "merged":
        this.log(`${into} ${commit}: ${from} ${would}merged, ${changed} changed`);
        break;
      case "conflicts":
        this.log(`${into} ${commit}: not merged, ${showCount(conflicts.length, "conflict", "conflicts")}`);
        break;
    }
    for (const conflict of conflicts) this.log(`  ${showConflict(conflict)}`);
    if (outcome !== "conflicts") return;
    this.logToStderr(
      out === undefined
        ? `to settle: helios-cli merge ${from} --out DIR, edit what is listed, helios-cli merge ${from} --resolved DIR`
        : `both sides are in ${out}: edit what is listed, then helios-cli merge ${from} --resolved ${out}`,
    );
  }
}

interface MergeFlags {
  readonly from: string;
  readonly into: string;
  readonly base?: string | undefined;
  readonly message?: string | undefined;
  readonly author?: string | undefined;
  readonly out?: string | undefined;
  readonly resolved?: string | undefined;
  readonly "fast-forward": boolean;
  readonly "commit-conflicts": boolean;
  readonly "dry-run": boolean;
  readonly lazy: boolean;
}

function branchOf(helios: Helios, name: string): Ref {
  const head = helios.refs().find((ref) => ref.name === name);
  if (head === undefined)
    throw new CliError(
      "BRANCH_UNKNOWN",
      `there is no branch ${JSON.stringify(name)} to merge into`,
      "`helios-cli commit --branch NAME` makes one",
    );
  return head;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** What the branch names now, and how it came to that. */
function resultOf(helios: Helios, from: string, into: string, lazy: boolean, merged: Merged) {
  const { merge, outcome, conflicts, files, out } = merged;
  const { commit, snapshot } = branchOf(helios, into);
  const { relation, base = null, theirs = null, changedPaths, mergedTexts } = merge;
  return {
    version: 1,
    outcome,
    relation,
    from,
    into,
    base,
    theirs,
    snapshot,
    commit,
    changedPaths,
    mergedTexts,
    conflicts,
    lazy,
    ...files,
    ...(out === undefined ? {} : { out }),
  };
}

const explanations = {
  "both-modified": "changed on both sides",
  "add-add": "added on both sides",
  mode: "the executable bit differs",
  "modify-delete": "changed on one side, deleted on the other",
  "file-directory": "a file on one side, a directory on the other",
} as const;

function showConflict({ path, kind, resolution, keptAs, regions }: MergeConflict): string {
  const where =
    resolution === "markers"
      ? `both sides in ${showCount(regions ?? 0, "place", "places")} between markers`
      : resolution === "both-kept"
        ? `theirs is kept as ${showPath(keptAs ?? "")}`
        : resolution === "moved"
          ? `the file is kept as ${showPath(keptAs ?? "")}`
          : resolution === "modified-kept"
            ? "the changed file is kept"
            : "ours is kept";
  return `${showPath(path)}: ${explanations[kind]}; ${where}`;
}

/** Lines with the name of a side behind the signs, as the merge wrote them. */
function hasMarkers(file: string, ours: string, theirs: string): boolean {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // Deleted, or replaced by something else: settled.
    return false;
  }
  return text
    .split(/\r?\n/)
    .some((line) => /^(?:<{7,}|>{7,}) /.test(line) && [ours, theirs].includes(line.replace(/^[<>]+ /, "")));
}
