import * as Flags from "@oclif/core/flags";
import type { DirectoryStatus, Helios, Ref, SnapshotId, StatusChange } from "@helios/engine";
import { scanFlags, scanOptionsOf, scanRemarks } from "../scan-flags.ts";
import { showCount, showPath } from "../show.ts";
import { StoreCommand, type OpenedStore } from "../store-command.ts";

const letters = { added: "A", modified: "M", deleted: "D", "type-changed": "T" } as const;

export default class Status extends StoreCommand {
  static override summary = "Show what a commit would record.";
  static override description =
    "Compares the work directory with the newest commit of the branch, or with --from. There is no index and nothing to " +
    "stage: every path shown would be committed, new files included; what ignore files leave out is not shown. One line " +
    "a path: A added, M modified (content or executable bit), D deleted, T another type (file, symlink). Only files " +
    "whose stat changed are read, and nothing is recorded. The exit status is 0 whether or not something differs.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --short --from c3",
    "<%= config.bin %> <%= command.id %> --json | jq .clean",
  ];
  static override flags = {
    branch: Flags.string({ char: "b", description: "branch to compare with", default: "main" }),
    from: Flags.string({
      description: "compare with this instead: blake3:<hex>, a unique beginning, a commit or a branch",
      helpValue: "SNAPSHOT",
      exclusive: ["branch"],
    }),
    short: Flags.boolean({ char: "s", description: "only the paths, each with its letter", default: false }),
    ...scanFlags,
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Status);
    const use = async (opened: OpenedStore): Promise<unknown> => {
      const base = baseOf(opened.helios, flags.from, flags.branch);
      const status = await this.#look(opened, base, scanOptionsOf(flags));
      const clean = status.changes.length === 0;
      const { snapshot, commit } = base;
      const result = {
        version: 1,
        base: { name: base.name, snapshot: snapshot ?? null, commit: commit ?? null },
        clean,
        ...status,
        store: opened.root,
        work: opened.work,
      };
      if (!this.jsonEnabled()) await this.#show(status, base, flags.short);
      return result;
    };
    return this.read(flags, use, { scan: true });
  }

  async #look(
    opened: OpenedStore,
    base: StatusBase,
    options: ReturnType<typeof scanOptionsOf>,
  ): Promise<DirectoryStatus> {
    const { directoryStatus } = await import("@helios/engine/directory");
    const { helios, root, work, begun } = opened;
    const vst = base.snapshot === undefined ? helios.vst() : helios.checkout(base.snapshot);
    const progress = this.progress("looking at files");
    try {
      return await directoryStatus({ root }, vst, work, {
        ...(base.snapshot === undefined ? {} : { base: base.snapshot }),
        ...(begun === undefined ? {} : { begun }),
        ...options,
        signal: this.signal,
        onProgress: (done) => progress.update(done),
      });
    } finally {
      progress.done();
    }
  }

  async #show({ changes, skipped }: DirectoryStatus, base: StatusBase, short: boolean): Promise<void> {
    const lines = changes.map(
      (change) => `${letters[change.kind]} ${showPath(change.path)}${detail(change)}\n`,
    );
    if (!short) {
      const newest = base.commit === undefined ? "no commits yet" : base.commit;
      const what = `${base.name} (${newest})`;
      lines.unshift(
        changes.length === 0
          ? `nothing differs from ${what}\n`
          : `${showCount(changes.length, "path differs", "paths differ")} from ${what}; \`commit\` would record all of them\n`,
      );
    }
    await this.write(lines.join(""));
    for (const line of scanRemarks(skipped)) this.logToStderr(line);
  }
}

interface StatusBase {
  readonly name: string;
  readonly snapshot?: SnapshotId;
  readonly commit?: string;
}

function baseOf(helios: Helios, from: string | undefined, branch: string): StatusBase {
  if (from !== undefined) return { name: from, snapshot: helios.resolve(from) };
  const head: Ref | undefined = helios.refs().find(({ name }) => name === branch);
  return head === undefined
    ? { name: branch }
    : { name: branch, snapshot: head.snapshot, commit: head.commit };
}

/** Why a file whose content is the same differs. */
function detail({ from, to }: StatusChange): string {
  return from !== undefined && to !== undefined && from.mode !== to.mode
    ? ` (${from.mode} -> ${to.mode})`
    : "";
}
