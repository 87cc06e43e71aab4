import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { forestArg, treeLines, treesOf } from "../../forests.ts";
import { showPath } from "../../show.ts";
import { StoreCommand } from "../../store-command.ts";
import { entriesBelow, longLine } from "../ls.ts";

export default class ForestLs extends StoreCommand {
  static override summary = "List the trees or the paths of a forest.";
  static override description =
    "Without PREFIX and --all the trees, each with the beginning of its snapshot id and its number of paths; with PREFIX, a " +
    "file or a directory, the paths there, of whatever trees, in byte order. --tree lists one tree. --long adds mode, size " +
    "in bytes and the beginning of the content's BLAKE3 hash.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> main",
    "<%= config.bin %> <%= command.id %> main src --long",
    "<%= config.bin %> <%= command.id %> blake3:1f8e --tree assets --json",
  ];
  static override args = {
    ...forestArg,
    prefix: Args.string({ description: "file or directory to list" }),
  };
  static override flags = {
    all: Flags.boolean({ description: "list all paths", default: false }),
    tree: Flags.string({ description: "list the paths of this tree", helpValue: "NAME", exclusive: ["all"] }),
    long: Flags.boolean({ char: "l", description: "with mode, size and hash", default: false }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ForestLs);
    return this.read(flags, async ({ helios }) => {
      const forest = helios.forest(args.forest);
      const id = forest.identify();
      const trees = treesOf(forest);
      if (args.prefix === undefined && !flags.all && flags.tree === undefined) {
        for (const line of treeLines(trees)) this.log(line);
        return { version: 1, forest: id, trees };
      }
      const part = flags.tree === undefined ? forest : forest.tree(flags.tree);
      const entries = entriesBelow(part, args.prefix ?? "", `helios-cli forest ls ${args.forest} --all`);
      if (!this.jsonEnabled())
        await this.write(
          entries.map((entry) => `${flags.long ? longLine(entry) : showPath(entry.path)}\n`).join(""),
        );
      return { version: 1, forest: id, trees, entries };
    });
  }
}
