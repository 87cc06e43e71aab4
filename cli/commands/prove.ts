import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { ProofQuery } from "@helios/engine";
import { CliError } from "../errors.ts";
import { showBytes, showCount, showPath } from "../show.ts";
import { StoreCommand } from "../store-command.ts";

export default class Prove extends StoreCommand {
  static override summary = "Prove what a snapshot holds to someone who has only its id.";
  static override description =
    "Writes a proof that PATH is in the snapshot with this content, or that it is not there; with --from, --to or " +
    "--prefix that a range of paths holds these files and no others. `helios-cli verify-proof` checks it anywhere, without " +
    "the store and without trusting whoever made it. The proof is JSON (helios-proof/1), a few kilobytes for one path, " +
    "and holds the names and hashes of the neighbours of PATH too, but no content.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> main LICENSE > licence.proof.json",
    "<%= config.bin %> <%= command.id %> blake3:1f8e src/secret.ts --out absent.proof.json",
    "<%= config.bin %> <%= command.id %> c42 --prefix src/ --out src.proof.json",
    "<%= config.bin %> <%= command.id %> c42 --from a --to b --json",
  ];
  static override args = {
    snapshot: Args.string({
      description: "blake3:<hex>, a unique beginning, a commit or a branch",
      required: true,
    }),
    path: Args.string({ description: "path in the snapshot; or give a range" }),
  };
  static override flags = {
    from: Flags.string({ description: "first path of a range", helpValue: "PATH" }),
    to: Flags.string({ description: "end of a range, itself not in it", helpValue: "PATH" }),
    prefix: Flags.string({ description: 'paths that begin with this; "" is all of them', helpValue: "TEXT" }),
    out: Flags.string({ description: "file to write the proof to", helpValue: "FILE" }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Prove);
    const query = queryOf(args.path, flags);
    return this.read(flags, async ({ helios }) => {
      const { verifyProof } = await import("@helios/engine");
      const snapshot = helios.resolve(args.snapshot);
      const proof = helios.prove(snapshot, query);
      const verdict = verifyProof(proof, snapshot, query);
      if (!verdict.valid) throw new Error(`the proof does not hold: ${verdict.message}`);
      const text = `${JSON.stringify(proof)}\n`;
      const out = flags.out === undefined ? undefined : resolve(flags.out);
      if (out !== undefined) {
        writeFileSync(out, text);
        this.log(`${showAnswer(query, verdict.entries.length)} in ${snapshot}`);
        this.log(
          `${showCount(proof.nodes.length, "node", "nodes")}, ${showBytes(text.length)} written to ${out}`,
        );
      } else if (!this.jsonEnabled()) await this.write(text);
      const answer = { entries: verdict.entries.length, nodes: proof.nodes.length, bytes: text.length };
      return { version: 1, snapshot, query, ...answer, ...(out === undefined ? { proof } : { out }) };
    });
  }
}

/** What is asked: a path, or a range by flags. */
export function queryOf(
  path: string | undefined,
  { from, to, prefix }: Readonly<Record<"from" | "to" | "prefix", string | undefined>>,
): ProofQuery {
  const isRange = from !== undefined || to !== undefined || prefix !== undefined;
  if (isRange === (path !== undefined))
    throw new CliError(
      "USAGE_ARGUMENT",
      isRange ? "a path and a range are two questions" : "nothing is asked",
      "give a PATH, or a range by --from, --to or --prefix",
    );
  if (path !== undefined) return { kind: "path", path: path.replace(/^\.\//, "") };
  return {
    kind: "range",
    ...(from === undefined ? {} : { gte: from }),
    ...(to === undefined ? {} : { lt: to }),
    ...(prefix === undefined ? {} : { prefix }),
  };
}

/** What a proof with so many entries proves. */
export function showAnswer(query: ProofQuery, entries: number): string {
  if (query.kind === "range") return `proves all of ${showCount(entries, "path", "paths")}`;
  return entries === 1 ? `proves ${showPath(query.path)}` : `proves that there is no ${showPath(query.path)}`;
}
