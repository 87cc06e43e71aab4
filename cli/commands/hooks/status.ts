/** `hooks status`: are they there, and as this version writes them? */
import { exitCodes } from "../../exit-codes.ts";
import { HooksCommand, hooksArgs } from "../../hooks/hooks-command.ts";

export default class HooksStatus extends HooksCommand {
  static override summary = "Show which hooks are installed.";
  static override description =
    "A hook is installed, outdated (written by another version or place of helios-cli), changed by hand, foreign or " +
    "missing. Ends with 0 when both are installed, 3 otherwise.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --json",
  ];
  static override args = hooksArgs;

  override async run(): Promise<unknown> {
    const { args } = await this.parse(HooksStatus);
    const { hookReports, openRepository } = await import("../../hooks/git-hooks.ts");
    const repository = await openRepository(args.path);
    const reports = await hookReports(repository, this.program());
    if (reports.some(({ state }) => state !== "installed")) this.exitWith(exitCodes.hold);
    return this.show(repository, reports);
  }
}
