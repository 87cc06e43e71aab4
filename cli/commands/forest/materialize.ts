import { resolve } from "node:path";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { forestArg } from "../../forests.ts";
import { StoreCommand } from "../../store-command.ts";
import { showWritten } from "../materialize.ts";

export default class ForestMaterialize extends StoreCommand {
  static override summary = "Write the files of a forest to a directory.";
  static override description =
    "All of its trees, or the paths that --select chooses, as `materialize` does for a snapshot: OUT has to be new or " +
    "empty, unless --overwrite, and nothing is ever written outside it.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> main out",
    '<%= config.bin %> <%= command.id %> blake3:1f8e out --select "assets/**" --json',
  ];
  static override args = {
    ...forestArg,
    out: Args.string({ description: "directory to write to", required: true }),
  };
  static override flags = {
    select: Flags.string({
      description: 'glob of paths to write, "!" leaves out; repeatable',
      multiple: true,
    }),
    overwrite: Flags.boolean({
      description: "replace files in OUT; what the forest does not have stays",
      default: false,
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ForestMaterialize);
    const out = resolve(args.out);
    return this.read(flags, async ({ helios }) => {
      const forest = helios.forest(args.forest);
      const progress = this.progress("writing files");
      try {
        const written = await forest.materialize(out, {
          select: flags.select ?? [],
          overwrite: flags.overwrite,
          signal: this.signal,
          onProgress: (done, total) => progress.update(done, total),
        });
        progress.done();
        this.log(showWritten(written, out));
        return { version: 1, forest: forest.identify(), out, ...written };
      } finally {
        progress.done();
      }
    });
  }
}
