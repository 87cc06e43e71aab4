import { readFileSync } from "node:fs";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { ForestProofVerdict, ProofQuery, ProofVerdict, ProvedEntry, SnapshotId } from "@helios/engine";
import { BaseCommand } from "../base-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { showBytes, showCount, showPath } from "../show.ts";

export default class VerifyProof extends BaseCommand {
  static override summary = "Check a proof of `prove` or `forest prove`, without a store.";
  static override description =
    "Needs the proof and the id of the snapshot, from a source you trust; nothing else is read and nothing in the proof is " +
    "believed. Status 0: it holds, and what it proves is printed. Status 1: it does not, and why. A proof answers one " +
    "question and can be sound and about something else: read what is printed, or say what you asked for with --path. " +
    "--content checks that a file is what the proof says is at its path.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> licence.proof.json --snapshot blake3:4bf5…e1 --path LICENSE --content LICENSE",
    "cat src.proof.json | <%= config.bin %> <%= command.id %> - --snapshot blake3:4bf5…e1 --json",
  ];
  static override args = {
    file: Args.string({ description: "the proof; - for standard input", required: true }),
  };
  static override flags = {
    snapshot: Flags.string({
      description: "the whole id, blake3: and 64 digits",
      required: true,
      helpValue: "ID",
    }),
    path: Flags.string({ description: "the path it must be about", helpValue: "PATH" }),
    content: Flags.string({
      description: "file that must be what the proof has for its path",
      helpValue: "FILE",
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(VerifyProof);
    const { contentHash, parseSnapshotId } = await import("@helios/engine");
    const snapshot = parseSnapshotId(flags.snapshot);
    const expected = flags.path === undefined ? undefined : ({ kind: "path", path: flags.path } as const);
    let verdict: Verdict | OtherContent = await verdictOf(parsed(readFile(args.file)), snapshot, expected);
    if (verdict.valid && flags.content !== undefined)
      verdict = withContent(verdict, contentHash(readFile(flags.content)), flags.content);
    if (!verdict.valid) {
      this.exitWith(exitCodes.noGo);
      this.log(`invalid: ${verdict.reason}: ${verdict.message}`);
      return { version: 1, snapshot, ...verdict };
    }
    this.log(`valid: ${showQuery(verdict)} ${snapshot}`);
    for (const entry of verdict.entries) this.log(`  ${showEntry(entry)}`);
    return { version: 1, valid: true, snapshot, query: verdict.query, entries: verdict.entries };
  }
}

type Verdict = ProofVerdict | ForestProofVerdict;
type Valid = Verdict & { readonly valid: true };

/** A proof says which kind it is. */
async function verdictOf(
  proof: unknown,
  snapshot: SnapshotId,
  expected: ProofQuery | undefined,
): Promise<Verdict> {
  const { FOREST_PROOF_FORMAT, verifyForestProof, verifyProof } = await import("@helios/engine");
  const isOfForest =
    typeof proof === "object" && proof !== null && "format" in proof && proof.format === FOREST_PROOF_FORMAT;
  return isOfForest ? verifyForestProof(proof, snapshot, expected) : verifyProof(proof, snapshot, expected);
}

type OtherContent = {
  readonly valid: false;
  readonly reason: "other-content";
  readonly message: string;
};

function withContent(verdict: Valid, hash: string, file: string): Valid | OtherContent {
  const wrong = (message: string) => ({ valid: false, reason: "other-content", message }) as const;
  const [entry] = verdict.entries;
  if (verdict.query.kind !== "path") return wrong("the proof is about a range, not about one path");
  if (entry === undefined) return wrong(`${showPath(verdict.query.path)} is proved to be absent`);
  return entry.hash === hash
    ? verdict
    : wrong(`${file} has the hash ${hash}, ${showPath(entry.path)} has ${entry.hash}`);
}

function readFile(file: string): Buffer {
  return readFileSync(file === "-" ? 0 : file);
}

/** What is not JSON is no proof either. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function showQuery({ query, entries }: Valid): string {
  if (query.kind === "path")
    return entries.length === 1 ? `${showPath(query.path)} is in` : `there is no ${showPath(query.path)} in`;
  const bounds = (["prefix", "gt", "gte", "lt", "lte"] as const)
    .filter((name) => query[name] !== undefined)
    .map((name) => `${name} ${JSON.stringify(query[name])}`);
  const range = bounds.length === 0 ? "" : ` with ${bounds.join(" and ")}`;
  return `these are all paths${range} (${showCount(entries.length, "path", "paths")}) in`;
}

function showEntry({ path, hash, mode, sizeBytes }: ProvedEntry): string {
  return `${hash} ${mode} ${showBytes(sizeBytes)} ${showPath(path)}`;
}
