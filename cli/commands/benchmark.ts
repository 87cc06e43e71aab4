/** `benchmark`: measure, judge, report. The orchestration is in `validation.ts`; here are arguments and output. */
import * as Flags from "@oclif/core/flags";
import type { Report } from "@helios/reports";
import { BaseCommand } from "../base-command.ts";
import { CliError } from "../errors.ts";
import { exitOfVerdict } from "../verdict-exit.ts";

export default class Benchmark extends BaseCommand {
  static override summary = "Measure Helios against Git, judge the gates, and write the report.";
  static override description =
    "Runs the plan of phase 0: every arm in its own process, interleaved; then coverage and the guards; then the " +
    "verdict. The plan is hashed before the first run, and the raw samples are kept: `report recheck` judges them " +
    "again. Takes at most 10 minutes on 2 cores, with --quick at most 90 seconds; a quick plan can say NO-GO or HOLD, " +
    "never GO. Ends with 0 GO, 1 NO-GO, 2 usage or tool error, 3 HOLD.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --phase0-validation",
    "<%= config.bin %> <%= command.id %> --phase0-validation --quick --repo ../some-repository",
    "<%= config.bin %> <%= command.id %> --phase0-validation --json --out runs/today",
  ];
  static override flags = {
    "phase0-validation": Flags.boolean({ description: "run the validation of phase 0", default: false }),
    quick: Flags.boolean({
      description: "the quick plan: fewer runs, smaller trees, never GO",
      default: false,
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
      description: "run the tests where no coverage of this revision is found; default: yes, with --quick no",
      allowNo: true,
    }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Benchmark);
    if (!flags["phase0-validation"]) {
      throw new CliError(
        "USAGE_FLAG",
        "nothing to do: say which validation to run",
        `${this.config.bin} benchmark --phase0-validation (add --quick for a first look in 90 seconds)`,
      );
    }
    const { runPhase0 } = await import("../phase0.ts");
    const { writeReports } = await import("../stored-report.ts");
    const { report, out } = await runPhase0({
      quick: flags.quick,
      repo: flags.repo,
      out: flags.out,
      runTests: flags["coverage-run"] ?? !flags.quick,
      signal: this.signal,
      progress: process.stderr,
    });
    const files = await writeReports(out, report);
    if (this.jsonEnabled()) process.stderr.write(`${files.join("\n")}\n`);
    else await this.#summary(report, files);
    this.exitWith(exitOfVerdict(report.verdict));
    // Exactly what report.json holds, so one schema describes both; where it lies is said on stderr.
    return report;
  }

  async #summary(report: Report, files: readonly string[]): Promise<void> {
    const { findFormat } = await import("@helios/reports");
    const { renderOptions } = await import("../render-options.ts");
    await this.write(`\n${findFormat("terminal").render(report, renderOptions())}\n`);
    for (const file of files) this.log(file);
  }
}
