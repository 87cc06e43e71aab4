import { resolve } from "node:path";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { MaterializeResult } from "@helios/engine";
import { showBytes, showCount } from "../show.ts";
import { StoreCommand } from "../store-command.ts";

export default class Materialize extends StoreCommand {
  static override summary = "Write the files of a snapshot to a directory.";
  static override description =
    "OUT has to be new or empty, unless --overwrite. Nothing is ever written outside OUT, whatever the snapshot holds; no " +
    "symbolic link in OUT is followed. A new directory appears complete or not at all; with --overwrite each file is " +
    "replaced whole, and one that is as wanted is left alone. Ctrl-C takes back what was written to a new directory. " +
    "After a kill the same command goes on where it was. Patterns are read in order, the last that matches decides; a " +
    "plain name means a file or a whole directory.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> main out",
    '<%= config.bin %> <%= command.id %> blake3:1f8e out --select "src/**/*.ts" --select "!**/*.test.ts"',
    "<%= config.bin %> <%= command.id %> c3 out --overwrite --json",
  ];
  static override args = {
    snapshot: Args.string({
      description: "blake3:<hex>, a unique beginning, a commit or a branch",
      required: true,
    }),
    out: Args.string({ description: "directory to write to", required: true }),
  };
  static override flags = {
    select: Flags.string({
      description: 'glob of paths to write, "!" leaves out; repeatable',
      multiple: true,
    }),
    overwrite: Flags.boolean({
      description: "replace files in OUT; what the snapshot does not have stays",
      default: false,
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Materialize);
    const out = resolve(args.out);
    return this.read(flags, async ({ helios }) => {
      const snapshot = helios.resolve(args.snapshot);
      const progress = this.progress("writing files");
      try {
        const written = await helios.materialize(snapshot, out, {
          select: flags.select ?? [],
          overwrite: flags.overwrite,
          signal: this.signal,
          onProgress: (done, total) => progress.update(done, total),
        });
        const result = { version: 1, snapshot, out, ...written };
        progress.done();
        this.log(showWritten(written, out));
        return result;
      } finally {
        progress.done();
      }
    });
  }
}

/** What was written, in one line. */
export function showWritten({ files, symlinks, bytes, kept }: MaterializeResult, out: string): string {
  const links = symlinks === 0 ? "" : `, ${showCount(symlinks, "symlink", "symlinks")}`;
  const present = kept === 0 ? "" : `; ${kept} of them were there already`;
  return `${showCount(files, "file", "files")} (${showBytes(bytes)})${links} written to ${out}${present}`;
}
