/** `benchmark compare`: has something become slower, or does it write more? */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { BaseCommand } from "../../base-command.ts";
import type { CompareOptions, ComparisonReport } from "../../comparison-report.ts";
import { CliError } from "../../errors.ts";

export default class BenchmarkCompare extends BaseCommand {
  static override summary =
    "Compare two runs, two arms of a run, or two revisions or configurations in one job.";
  static override description =
    "Runs are the unit: a difference is flagged when a Mann-Whitney test over runs says that chance does not make it " +
    "(p at most --alpha) and it is larger than --minimum-effect; it is undecided where the same code differs from itself, or " +
    "an unchanged rival from its earlier self, by more. Two finished runs are compared across time and flagged as such; " +
    "with --revisions or --configs both sides are measured now, their runs taking turns, and the first one twice as A/A " +
    "check. Ends with 0 where nothing is worse, 1 where something is, 3 where nothing is but something cannot be decided, " +
    "2 for usage or tool errors.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> .helios-runs/monday .helios-runs/friday",
    "<%= config.bin %> <%= command.id %> .helios-runs/friday --arms helios helios-again",
    "<%= config.bin %> <%= command.id %> --plan phase0-quick --revisions HEAD~1 HEAD",
    "<%= config.bin %> <%= command.id %> --plan phase0-quick --revisions HEAD worktree --runs 10 --json",
    "<%= config.bin %> <%= command.id %> --plan ./mine.yaml --configs default.yaml small-heap.yaml",
  ];
  static override args = {
    a: Args.string({ description: "run directory or report.json: the side to compare with" }),
    b: Args.string({ description: "run directory or report.json: the side that is judged" }),
  };
  static override flags = {
    arms: Flags.string({
      description: "compare these two arms of the one run named",
      helpValue: "A B",
      multiple: true,
      exclusive: ["revisions", "configs"],
    }),
    revisions: Flags.string({
      description:
        "measure two revisions of this project in one job; `worktree` is the code as it lies there",
      helpValue: "A B",
      multiple: true,
      exclusive: ["configs"],
      dependsOn: ["plan"],
    }),
    configs: Flags.string({
      description: "measure two configurations (YAML: environment, nodeArguments, options) in one job",
      helpValue: "FILE FILE",
      multiple: true,
      dependsOn: ["plan"],
    }),
    plan: Flags.string({
      description: "plan whose arms are measured in both variants",
      helpValue: "NAME|FILE",
    }),
    subject: Flags.string({ description: "whose arms of the plan are measured", default: "helios" }),
    runs: Flags.integer({
      description: "process runs of each arm; default: those of the plan",
      min: 5,
      max: 1000,
    }),
    "self-check": Flags.boolean({
      description: "measure the first side twice, so that noise is known; costs half as much again",
      default: true,
      allowNo: true,
    }),
    alpha: Flags.string({ description: "level of each test; default 0.01", helpValue: "P" }),
    "minimum-effect": Flags.string({
      description: "least effect that is flagged; default 0.05 in one job, 0.15 between two",
      helpValue: "SHARE",
    }),
    out: Flags.string({
      description: "empty directory for the paired run; default: .helios-runs/<UTC time>-compare-<plan>",
      helpValue: "DIR",
    }),
  };

  override async run(): Promise<ComparisonReport> {
    const { args, flags } = await this.parse(BenchmarkCompare);
    const options: CompareOptions = {
      alpha: shareOf("--alpha", flags.alpha),
      minimumEffect: shareOf("--minimum-effect", flags["minimum-effect"]),
    };
    const found = await this.#compare(args, flags, options);
    const { comparisonText, exitOfComparison } = await import("../../comparison-report.ts");
    this.log(comparisonText(found, process.stdout.columns ?? 80));
    this.exitWith(exitOfComparison(found));
    return found;
  }

  async #compare(
    { a, b }: { readonly a?: string | undefined; readonly b?: string | undefined },
    flags: PairedFlags & { readonly arms?: readonly string[] | undefined },
    options: CompareOptions,
  ): Promise<ComparisonReport> {
    const { compareArmsOf, compareStored, pairsNamed } = await import("../../comparison-report.ts");
    if (flags.revisions !== undefined || flags.configs !== undefined) {
      if (a !== undefined) throw usage("--revisions and --configs measure anew: no run is named");
      return this.#paired(flags, options);
    }
    if (flags.arms !== undefined) {
      const [first, second] = twoOf("--arms", flags.arms);
      if (a === undefined || b !== undefined) throw usage("--arms compares inside one run: name that one");
      return compareArmsOf(a, await pairsNamed(a, first, second), [first, second], options);
    }
    if (a === undefined || b === undefined) throw usage("two runs are needed");
    return compareStored(a, b, options);
  }

  /** Both variants in one job, in a run directory like any other. */
  async #paired(flags: PairedFlags, options: CompareOptions): Promise<ComparisonReport> {
    const { pairedRun } = await import("../../paired-run.ts");
    const { compareArmsOf } = await import("../../comparison-report.ts");
    const { writeReports } = await import("../../stored-report.ts");
    const { writeJson } = await import("@helios/harness");
    const revisions = flags.revisions && twoOf("--revisions", flags.revisions);
    const configs = flags.configs && twoOf("--configs", flags.configs);
    const ran = await pairedRun({
      plan: flags.plan ?? "",
      ...(revisions ? { revisions } : {}),
      ...(configs ? { configs } : {}),
      subject: flags.subject,
      runs: flags.runs,
      selfCheck: flags["self-check"],
      out: flags.out,
      signal: this.signal,
      progress: process.stderr,
      columns: process.stderr.columns ?? 80,
    });
    await writeReports(ran.out, ran.report);
    const found = await compareArmsOf(ran.out, ran.pairs, ran.labels, options);
    writeJson(ran.out, "comparison.json", found);
    process.stderr.write(`${ran.out}\n`);
    return found;
  }
}

interface PairedFlags {
  readonly revisions?: readonly string[] | undefined;
  readonly configs?: readonly string[] | undefined;
  readonly plan?: string | undefined;
  readonly subject: string;
  readonly runs?: number | undefined;
  readonly "self-check": boolean;
  readonly out?: string | undefined;
}

function usage(message: string): CliError {
  return new CliError("USAGE_ARGUMENT", message, "helios-cli benchmark compare --help shows the four ways");
}

function twoOf(flag: string, values: readonly string[]): readonly [string, string] {
  const [first, second, ...others] = values;
  if (first !== undefined && second !== undefined && others.length === 0) return [first, second];
  throw new CliError("USAGE_FLAG", `${flag} takes two names, not ${values.length}`, `${flag} A B`);
}

function shareOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const share = Number(text);
  if (text.trim() !== "" && share > 0 && share < 1) return share;
  throw new CliError("USAGE_FLAG", `${flag} must lie between 0 and 1, is ${text}`, `${flag} 0.05 means 5 %`);
}
