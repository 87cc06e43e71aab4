/** `report recheck`: the verdict once more, from the raw samples alone. */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { BaseCommand } from "../../base-command.ts";
import { exitOfReport } from "../../verdict-exit.ts";

export default class ReportRecheck extends BaseCommand {
  static override summary = "Judge a finished run again from its raw samples, and compare with its report.";
  static override description =
    "Compares every raw file with the manifest, computes the report anew, and compares its bytes with the stored " +
    "ones. Needs no network. Ends with the verdict's status (0 GO, 1 NO-GO, 3 HOLD), or 2 where a file was changed " +
    "or the bytes differ.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> .helios-runs/20250101T120000Z-phase0",
    "<%= config.bin %> <%= command.id %> RUN_DIR --json",
  ];
  static override args = {
    run: Args.string({ description: "run directory", required: true }),
  };
  static override flags = {
    write: Flags.boolean({
      description: "write report.json, report.md and report.html anew instead of comparing them",
      default: false,
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ReportRecheck);
    const { judgeRunDirectory } = await import("../../validation.ts");
    const { requireStoredEqual, writeReports } = await import("../../stored-report.ts");
    const report = judgeRunDirectory(args.run);
    if (flags.write) await writeReports(args.run, report);
    else await requireStoredEqual(args.run, report);
    const compared = flags.write ? "reports written anew" : "the stored reports have the same bytes";
    this.log(`${report.verdict}: judged again from ${report.rawData.length} raw files; ${compared}`);
    this.exitWith(exitOfReport(report));
    return {
      verdict: report.verdict,
      headline: report.headline,
      identical: !flags.write,
      rawFiles: report.rawData.length,
      planHash: report.plan.hash,
    };
  }
}
