import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import * as Args from "@oclif/core/args";
import { forestArg } from "../../forests.ts";
import { showBytes, showCount } from "../../show.ts";
import { StoreCommand } from "../../store-command.ts";
import Prove, { queryOf, showAnswer } from "../prove.ts";

export default class ForestProve extends StoreCommand {
  static override summary = "Prove what a forest holds to someone who has only its id.";
  static override description =
    "As `prove`, about all trees of a forest: that PATH is in it with this content, or that it is not; with --from, --to or " +
    "--prefix that a range of paths holds these files and no others, in whatever trees. `helios-cli verify-proof` checks it " +
    "anywhere, with the forest's id as --snapshot. The proof is JSON (helios-forest-proof/1).";
  static override examples = [
    "<%= config.bin %> <%= command.id %> main LICENSE > licence.proof.json",
    "<%= config.bin %> <%= command.id %> main --prefix src/ --out src.proof.json",
  ];
  static override args = {
    ...forestArg,
    path: Args.string({ description: "path in the forest; or give a range" }),
  };
  static override flags = Prove.flags;

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ForestProve);
    const query = queryOf(args.path, flags);
    return this.read(flags, async ({ helios }) => {
      const { verifyForestProof } = await import("@helios/engine");
      const forest = helios.forest(args.forest);
      const id = forest.identify();
      const proof = forest.prove(query);
      const verdict = verifyForestProof(proof, id, query);
      if (!verdict.valid) throw new Error(`the proof does not hold: ${verdict.message}`);
      const text = `${JSON.stringify(proof)}\n`;
      const out = flags.out === undefined ? undefined : resolve(flags.out);
      if (out !== undefined) {
        writeFileSync(out, text);
        this.log(`${showAnswer(query, verdict.entries.length)} in ${id}`);
        this.log(
          `${showCount(proof.trees.length, "tree", "trees")}, ${showBytes(text.length)} written to ${out}`,
        );
      } else if (!this.jsonEnabled()) await this.write(text);
      const answer = { entries: verdict.entries.length, trees: proof.trees.length, bytes: text.length };
      return { version: 1, forest: id, query, ...answer, ...(out === undefined ? { proof } : { out }) };
    });
  }
}
