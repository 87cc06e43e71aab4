import * as Flags from "@oclif/core/flags";
import type { ForestVerifyReport } from "@helios/engine";
import { exitCodes } from "../../exit-codes.ts";
import { forestArg } from "../../forests.ts";
import { showBytes, showCount, showLine, showPath } from "../../show.ts";
import { StoreCommand } from "../../store-command.ts";

const damagesShown = 20;

export default class ForestVerify extends StoreCommand {
  static override summary = "Check that everything a forest needs is what it says.";
  static override description =
    "Reads and hashes every tree node and every content of the forest, by threads where it is large, and checks that each " +
    "path is in the tree it belongs to and each tree is as large as the catalogue says. Damage is listed with its tree. " +
    "`verify` checks the whole store instead, journal and history included. Exit status: 0 no damage, 1 damage.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> main",
    "<%= config.bin %> <%= command.id %> blake3:1f8e --threads 1 --json",
  ];
  static override args = forestArg;
  static override flags = {
    threads: Flags.integer({
      description: "threads that hash; default: one for each processor, for large forests",
      min: 0,
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ForestVerify);
    return this.read(flags, async ({ helios, root }) => {
      const progress = this.progress("hashing");
      const report = await helios
        .forest(args.forest)
        .verify({
          signal: this.signal,
          ...(flags.threads === undefined ? {} : { threads: flags.threads }),
          onProgress: (done, total) => progress.update(done, total),
        })
        .finally(() => progress.done());
      if (!report.sound) this.exitWith(exitCodes.noGo);
      for (const line of linesOf(report)) this.log(line);
      return { version: 1, store: root, ...report };
    });
  }
}

function linesOf({ forest, trees, damageCount, damages }: ForestVerifyReport): string[] {
  const sum = (of: "paths" | "nodes" | "contents" | "bytes") =>
    trees.reduce((total, tree) => total + tree[of], 0);
  const objects = `${showCount(sum("contents"), "content", "contents")} and ${showCount(sum("nodes"), "tree node", "tree nodes")}`;
  const shown = damages.slice(0, damagesShown);
  return [
    forest,
    `checked ${showCount(trees.length, "tree", "trees")} with ${showCount(sum("paths"), "path", "paths")}: ` +
      `${objects} of ${showBytes(sum("bytes"))}`,
    ...(damageCount === 0 ? ["no damage"] : [`DAMAGED: ${showCount(damageCount, "finding", "findings")}`]),
    ...shown.map(
      ({ tree, kind, where, code, problem }) =>
        `${tree === undefined ? "catalogue" : `tree ${showPath(tree)}`}: ${kind} ${showLine(where)}: ${code}: ${showLine(problem)}`,
    ),
    ...(damageCount > shown.length
      ? [`and ${damageCount - shown.length} more (--json lists up to 100)`]
      : []),
  ];
}
