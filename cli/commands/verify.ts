import * as Flags from "@oclif/core/flags";
import type { Damage, SampleReport, VerifyReport } from "@helios/engine";
import { exitCodes } from "../exit-codes.ts";
import { showBytes, showCount, showLine, showPath } from "../show.ts";
import { StepProgress } from "../step-progress.ts";
import { StoreCommand } from "../store-command.ts";

const damagesShown = 20;

const stepNames = {
  journal: "reading the journal",
  objects: "hashing objects",
  commits: "computing commits",
  rows: "checking rows",
};

export default class Verify extends StoreCommand {
  static override summary = "Check that everything in the store is what it says.";
  static override description =
    "Reads every record of the journal, hashes every content and tree node, computes the state of every commit again and " +
    "compares every row with what it names. Damage is listed with the object, what is wrong with it, and the branches " +
    "and paths that need it; whatever else is in the store stays readable. Nothing is changed, and another process may " +
    "be writing to the store. --sample looks at K objects chosen at random instead: that finds widespread damage, and " +
    "says nothing about a single damaged object. Exit status: 0 no damage, 1 damage.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --sample 1000",
    "<%= config.bin %> <%= command.id %> --store backup/.helios --json",
  ];
  static override flags = {
    sample: Flags.integer({
      description: "look at this many objects, chosen at random, instead of at everything",
      helpValue: "K",
      min: 1,
    }),
    seed: Flags.integer({
      description: "repeats the choice of an earlier sample",
      dependsOn: ["sample"],
      min: 0,
    }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Verify);
    const { root } = await this.find(flags);
    const report = await this.#verify(root, flags);
    const damaged = report.damageCount > 0;
    if (damaged) this.exitWith(exitCodes.noGo);
    for (const line of report.mode === "full" ? linesOfFull(report) : linesOfSample(report)) this.log(line);
    return { version: 1, store: root, ...report };
  }

  async #verify(
    root: string,
    { sample, seed }: { sample: number | undefined; seed: number | undefined },
  ): Promise<VerifyReport | SampleReport> {
    const { verifyStore } = await import("@helios/engine");
    const progress = new StepProgress((what) => this.progress(what), stepNames);
    return verifyStore({
      root,
      signal: this.signal,
      ...(sample === undefined ? {} : { sample }),
      ...(seed === undefined ? {} : { seed }),
      onProgress: (step, done, total) => progress.update(step, done, total),
    }).finally(() => progress.done());
  }
}

function linesOfFull(report: VerifyReport): string[] {
  const { checked, sound, unfinishedBytes, unfinishedCollection, damageCount, damages } = report;
  const { commits, journalBytes, nodes, contents, objectBytes, rows, refs } = checked;
  const journal = `${showCount(commits, "commit", "commits")} and ${showBytes(journalBytes)} of journal`;
  const objects = `${showCount(contents, "content", "contents")} and ${showCount(nodes, "tree node", "tree nodes")}`;
  return [
    [
      `checked ${journal}`,
      `${objects} of ${showBytes(objectBytes)}`,
      showCount(rows, "row", "rows"),
      showCount(refs, "branch", "branches"),
    ].join(", "),
    ...(unfinishedBytes > 0
      ? [
          `${showBytes(unfinishedBytes)} at the journal's end are a commit that was never acknowledged: not damage`,
        ]
      : []),
    ...(unfinishedCollection
      ? ["a collection (gc) was killed: the next command that writes finishes it or takes it back"]
      : []),
    ...(sound ? ["no damage"] : linesOfDamages(damageCount, damages)),
  ];
}

function linesOfSample(report: SampleReport): string[] {
  const { sampled, total, totalIsExact, detectableFraction, confidence, seed, damageCount, damages } = report;
  if (total === 0 && damageCount === 0)
    return ["the object store holds no objects yet: what the store has is in its journal; verify it in full"];
  const share = `${(100 * detectableFraction).toPrecision(2)} %`;
  return [
    `looked at ${showCount(sampled, "object", "objects")} of ${totalIsExact ? "" : "about "}` +
      `${total.toLocaleString("en")}, seed ${seed}`,
    damageCount > 0
      ? linesOfDamages(damageCount, damages).join("\n")
      : `no damage among them; if ${share} of all objects were damaged, this sample would have met one with ` +
        `${100 * confidence} % confidence. The others have not been looked at.`,
  ];
}

function linesOfDamages(count: number, damages: readonly Damage[]): string[] {
  const shown = damages.slice(0, damagesShown);
  return [
    `DAMAGED: ${showCount(count, "finding", "findings")}`,
    ...shown.flatMap(({ kind, where, code, problem, refs, paths }) => [
      `${kind} ${where}: ${code}: ${showLine(problem)}`,
      ...(refs.length > 0 ? [`  needed by ${refs.join(", ")}`] : []),
      ...paths.map(({ ref, path }) => `  ${ref}: ${showPath(path)}`),
    ]),
    ...(count > shown.length ? [`and ${count - shown.length} more (--json lists up to 100)`] : []),
    "restore the store from a copy; what is not listed is intact and can be read",
  ];
}
