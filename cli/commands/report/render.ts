/** `report render`: a stored report in another format. */
import { writeFile } from "node:fs/promises";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { BaseCommand } from "../../base-command.ts";

export default class ReportRender extends BaseCommand {
  static override summary = "Render the report of a finished run.";
  static override description =
    "Reads report.json, checks it against its schema and renders it. It judges nothing: `report recheck` does.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> .helios-runs/20250101T120000Z-phase0",
    "<%= config.bin %> <%= command.id %> RUN_DIR --format html --out report.html",
    '<%= config.bin %> <%= command.id %> RUN_DIR --format markdown >> "$GITHUB_STEP_SUMMARY"',
  ];
  static override args = {
    run: Args.string({ description: "run directory, or a report.json", required: true }),
  };
  static override flags = {
    format: Flags.string({
      char: "f",
      description: "what to render",
      options: ["terminal", "markdown", "html", "json"],
      default: "terminal",
    }),
    out: Flags.string({ char: "o", description: "file to write; default: standard output" }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ReportRender);
    const { findFormat } = await import("@helios/reports");
    const { readReport } = await import("../../stored-report.ts");
    const { renderOptions } = await import("../../render-options.ts");
    const format = findFormat(flags.format);
    const toFile = flags.out !== undefined;
    const options = toFile || this.jsonEnabled() ? { colour: false, columns: 80 } : renderOptions();
    const text = format.render(await readReport(args.run), options);
    if (flags.out !== undefined) {
      await writeFile(flags.out, text);
      this.log(`wrote ${flags.out}`);
      return { format: format.id, file: flags.out };
    }
    if (!this.jsonEnabled()) await this.write(text);
    return { format: format.id, text };
  }
}
