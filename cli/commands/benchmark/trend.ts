/** `benchmark trend`: where did a measurement change its level for good? */
import * as Flags from "@oclif/core/flags";
import { BaseCommand } from "../../base-command.ts";
import { exitCodes } from "../../exit-codes.ts";

export default class BenchmarkTrend extends BaseCommand {
  static override summary = "Show the history of measurements, and the steps in it.";
  static override description =
    "Every finished validation adds a line to history.jsonl. Results of the same measurement on the same machine are put " +
    "in order; a step is where the level changes for good, by Pettitt's test, confirmed by permutations (p at most 0.01), " +
    "and by at least --minimum-effect. A single slow day is no step. At least eight results are needed. Ends with 0, or, " +
    "with --fail-on-step, with 1 where the newest step of a measurement is for the worse.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --history ci/history.jsonl --measure wchar",
    "<%= config.bin %> <%= command.id %> --fail-on-step --json",
  ];
  static override flags = {
    history: Flags.string({
      description: "history file",
      default: ".helios-runs/history.jsonl",
      helpValue: "FILE",
    }),
    measure: Flags.string({
      description: "P95 latency, or bytes written per commit",
      options: ["p95", "wchar"],
      default: "p95",
    }),
    cell: Flags.string({ description: "only this cell", helpValue: "CELL" }),
    "minimum-effect": Flags.integer({
      description: "least change of the level that is a step, percent",
      default: 5,
      min: 1,
      max: 1000,
    }),
    "fail-on-step": Flags.boolean({ description: "end with 1 where something became worse", default: false }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(BenchmarkTrend);
    const { readHistory, seriesOf, stepsOf } = await import("@helios/harness");
    const { trendText } = await import("../../trend-text.ts");
    const { entries, unreadLines } = readHistory(flags.history);
    if (unreadLines.length > 0) {
      process.stderr.write(
        `${flags.history}: ${unreadLines.length} line(s) not read: ${unreadLines.join(", ")}\n`,
      );
    }
    const measure = flags.measure === "wchar" ? "wcharPerCommit" : "p95Us";
    const series = seriesOf(entries, measure)
      .filter(({ cell }) => flags.cell === undefined || cell === flags.cell)
      .map((one) => {
        const steps = stepsOf(one, { seed: one.key, minimumEffect: flags["minimum-effect"] / 100 });
        return {
          ...one,
          steps: steps.map(({ at, ...step }) => {
            const { recordedAt, commit } = one.points[at]!;
            return { at, recordedAt, ...(commit === undefined ? {} : { commit }), ...step };
          }),
        };
      });
    this.log(trendText(series, entries.length, flags.history));
    const isWorse = series.some(({ steps }) => (steps.at(-1)?.ratio ?? 1) > 1);
    if (flags["fail-on-step"] && isWorse) this.exitWith(exitCodes.noGo);
    return { history: flags.history, validations: entries.length, measure: flags.measure, series };
  }
}
