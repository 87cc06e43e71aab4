/** `benchmark`: measure, judge, report. The orchestration is in `run-plan.ts`; here are arguments and output. */
import * as Flags from "@oclif/core/flags";
import type { Plan, ShardRecord } from "@helios/harness";
import type { Report } from "@helios/reports";
import { BaseCommand } from "../base-command.ts";
import type { ComparisonReport } from "../comparison-report.ts";
import { CliError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { exitOfReport } from "../verdict-exit.ts";

export default class Benchmark extends BaseCommand {
  static override summary = "Measure subjects side by side by a plan, judge its gates, and write the report.";
  static override description =
    "Every arm of the plan runs in its own process, interleaved with the others; then coverage and the guards that the " +
    "plan's gates ask for; then the verdict. The plan is hashed before the first run, and the raw samples are kept: " +
    "`report recheck` judges them again. What the plan will take and what each gate needs is said before the run, and " +
    "alone with --dry-run. An interrupted run keeps its finished runs: --resume goes on. --phase0-validation takes at " +
    "most 10 minutes on 2 cores, with --quick at most 90 seconds; a quick plan can say NO-GO or HOLD, never GO. Ends " +
    "with 0 GO (or nothing to judge), 1 NO-GO (or worse than --baseline), 2 usage or tool error, 3 HOLD.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --phase0-validation",
    "<%= config.bin %> <%= command.id %> --phase0-validation --quick --repo ../some-repository",
    "<%= config.bin %> <%= command.id %> --plan ./mine.yaml --dry-run",
    "<%= config.bin %> <%= command.id %> --plan example-command --out runs/today",
    "<%= config.bin %> <%= command.id %> --plan phase0 --print-plan > mine.yaml",
    "<%= config.bin %> <%= command.id %> --resume runs/today",
    "<%= config.bin %> <%= command.id %> --plan phase0 --shard 1/3 --out shard-1",
    "<%= config.bin %> <%= command.id %> --phase0-validation --baseline runs/yesterday --json",
  ];
  static override flags = {
    "phase0-validation": Flags.boolean({ description: "the plan of phase 0: --plan phase0", default: false }),
    quick: Flags.boolean({
      description: "with --phase0-validation, the quick plan: fewer runs, smaller trees, never GO",
      default: false,
    }),
    plan: Flags.string({
      description: "plan to carry out: a name of `benchmark list`, or a YAML file",
      helpValue: "NAME|FILE",
    }),
    "print-plan": Flags.boolean({ description: "print the plan's text and do nothing", default: false }),
    "dry-run": Flags.boolean({
      description: "print the design report (runs, time, what each gate needs) and do nothing",
      default: false,
    }),
    resume: Flags.string({
      description: "go on with the interrupted run in this directory; finished runs are not repeated",
      helpValue: "RUN_DIR",
    }),
    shard: Flags.string({
      description: "make this part of the runs only, e.g. 2/3; `report merge` puts the parts together",
      helpValue: "I/N",
    }),
    baseline: Flags.string({
      description: "compare with this earlier run afterwards; worse than it ends with 1",
      helpValue: "RUN_DIR",
    }),
    history: Flags.string({
      description: "history file to learn from and to append to; default: .helios-runs/history.jsonl",
      helpValue: "FILE",
    }),
    repo: Flags.string({
      description: "Git repository whose history is replayed; default: the checkout Helios runs from",
      helpValue: "GIT_DIR",
    }),
    out: Flags.string({
      description: "empty directory for the run; default: .helios-runs/<UTC time>-<plan>",
      helpValue: "DIR",
    }),
    "coverage-run": Flags.boolean({
      description:
        "run the tests where no coverage of this revision is found; default: yes, unless the plan can never say GO",
      allowNo: true,
    }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Benchmark);
    const name = this.#planName(flags);
    const { planFile, planNames } = await import("@helios/experiments");
    const { planFor, runPlan, designFor, HISTORY_FILE } = await import("../run-plan.ts");
    const plan = name === undefined ? undefined : planFor(name);
    if (flags["print-plan"]) {
      if (name === undefined || plan === undefined) throw nothingToDo(this.config.bin);
      const isOurs = (planNames as readonly string[]).includes(name);
      return this.#printPlan(isOurs ? planFile(name) : name, plan);
    }
    if (flags["dry-run"]) {
      if (plan === undefined) throw nothingToDo(this.config.bin);
      const { readHistory } = await import("@helios/harness");
      const design = await designFor(plan, readHistory(flags.history ?? HISTORY_FILE), process.cwd());
      const { designText } = await import("../design-text.ts");
      if (!this.jsonEnabled()) await this.write(designText(design, process.stdout.columns ?? 80));
      return design;
    }
    const shard = await shardNamed(flags.shard);
    const canGo = plan?.canGo ?? true;
    const ran = await runPlan({
      plan,
      resume: flags.resume !== undefined,
      shard,
      repo: flags.repo,
      out: flags.resume ?? flags.out,
      history: flags.history,
      runTests: flags["coverage-run"] ?? canGo,
      signal: this.signal,
      progress: process.stderr,
      columns: process.stderr.columns ?? 80,
    });
    if (ran.kind === "shard") return this.#shardMade(ran.out, ran.shard);
    const { writeReports } = await import("../stored-report.ts");
    const files = await writeReports(ran.out, ran.report);
    if (this.jsonEnabled()) process.stderr.write(`${files.join("\n")}\n`);
    else await this.#summary(ran.report, files);
    this.exitWith(exitOfReport(ran.report));
    if (flags.baseline !== undefined) await this.#compareWith(flags.baseline, ran.out);
    // Exactly what report.json holds, so one schema describes both; where it lies is said on stderr.
    return ran.report;
  }

  #planName(flags: {
    readonly plan?: string | undefined;
    readonly resume?: string | undefined;
    readonly quick: boolean;
    readonly "phase0-validation": boolean;
  }): string | undefined {
    if (flags.plan !== undefined && flags["phase0-validation"]) {
      throw new CliError(
        "USAGE_FLAG",
        "--plan and --phase0-validation name two plans",
        "leave one of them out",
      );
    }
    if (flags.quick && !flags["phase0-validation"]) {
      const remedy = "say --phase0-validation --quick, or --plan phase0-quick";
      throw new CliError("USAGE_FLAG", "--quick is the short form of phase 0's plan only", remedy);
    }
    if (flags.plan !== undefined) return flags.plan;
    if (flags["phase0-validation"]) return flags.quick ? "phase0-quick" : "phase0";
    if (flags.resume !== undefined) return undefined;
    throw nothingToDo(this.config.bin);
  }

  async #printPlan(file: string, plan: Plan): Promise<Plan> {
    const { readFile } = await import("node:fs/promises");
    if (!this.jsonEnabled()) await this.write(await readFile(file, "utf8"));
    return plan;
  }

  #shardMade(out: string, shard: ShardRecord): unknown {
    this.log(`shard ${shard.index} of ${shard.count} is in ${out}`);
    this.log(`${this.config.bin} report merge DIR... puts all ${shard.count} together and judges them`);
    return { shard: `${shard.index}/${shard.count}`, directory: out };
  }

  async #summary(report: Report, files: readonly string[]): Promise<void> {
    const { findFormat } = await import("@helios/reports");
    const { renderOptions } = await import("../render-options.ts");
    await this.write(`\n${findFormat("terminal").render(report, renderOptions())}\n`);
    for (const file of files) this.log(file);
  }

  /** Beside the report: `comparison.json` in the run directory, and a table. */
  async #compareWith(baseline: string, out: string): Promise<void> {
    const { compareStored, comparisonText, exitOfComparison } = await import("../comparison-report.ts");
    const { writeJson } = await import("@helios/harness");
    const found: ComparisonReport = await compareStored(baseline, out, {});
    writeJson(out, "comparison.json", found);
    process.stderr.write(`\n${comparisonText(found, process.stderr.columns ?? 80)}\n`);
    if (exitOfComparison(found) === exitCodes.noGo) this.exitWith(exitCodes.noGo);
  }
}

function nothingToDo(bin: string): CliError {
  return new CliError(
    "USAGE_FLAG",
    "nothing to do: say which plan to carry out",
    `${bin} benchmark --phase0-validation (add --quick for a first look in 90 seconds), or --plan NAME (see ${bin} benchmark list)`,
  );
}

async function shardNamed(text: string | undefined): Promise<ShardRecord | undefined> {
  if (text === undefined) return undefined;
  const { parseShard } = await import("@helios/harness");
  const shard = parseShard(text);
  if (shard) return shard;
  throw new CliError(
    "USAGE_FLAG",
    `--shard ${text} is no part of a whole`,
    "write --shard 2/3 for the second of three",
  );
}
