/** `report merge`: the shards of one run, put together and judged. */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { BaseCommand } from "../../base-command.ts";
import { exitOfReport } from "../../verdict-exit.ts";

export default class ReportMerge extends BaseCommand {
  static override summary = "Put the shards of a run together, and judge the whole.";
  static override description =
    "Takes the directories that `benchmark --shard I/N` made, all N of them. They must be of one plan and one " +
    "environment (code, Node, kernel, processor, file system) and hold every planned run exactly once: a missing, " +
    "double or foreign run, or a changed file, is named, and nothing is written. Ends like `benchmark`: 0 GO (or nothing " +
    "to judge), 1 NO-GO, 2 refused, 3 HOLD.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> shard-1 shard-2 shard-3 --out runs/whole",
    "<%= config.bin %> <%= command.id %> shard-* --out runs/whole --json",
  ];
  static override strict = false;
  static override args = {
    first: Args.string({ description: "run directory of a shard; name all of them", required: true }),
  };
  static override flags = {
    out: Flags.string({
      char: "o",
      description: "empty directory for the whole run",
      required: true,
      helpValue: "DIR",
    }),
  };

  override async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(ReportMerge);
    const { mergeRunDirectories } = await import("@helios/harness");
    const { judgeRunDirectory } = await import("../../validation.ts");
    const { writeReports } = await import("../../stored-report.ts");
    const { findFormat } = await import("@helios/reports");
    const { renderOptions } = await import("../../render-options.ts");
    const directories = argv.map(String);
    mergeRunDirectories(directories, flags.out);
    const report = judgeRunDirectory(flags.out);
    const files = await writeReports(flags.out, report);
    if (!this.jsonEnabled()) await this.write(`${findFormat("terminal").render(report, renderOptions())}\n`);
    for (const file of files) this.log(file);
    this.exitWith(exitOfReport(report));
    return {
      directory: flags.out,
      shards: directories.length,
      verdict: report.verdict,
      headline: report.headline,
      runs: report.cells.flatMap(({ arms }) => arms).reduce((sum, arm) => sum + (arm.runs?.length ?? 0), 0),
      planHash: report.plan.hash,
    };
  }
}
