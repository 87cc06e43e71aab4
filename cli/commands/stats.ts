import * as Flags from "@oclif/core/flags";
import { StoreCommand } from "../store-command.ts";
import { renderStats, statsFormats } from "../stats-formats.ts";
import { closedStats, completeStats } from "../store-stats.ts";

export default class Stats extends StoreCommand {
  static override summary = "Show the store's counters.";
  static override description =
    "Entries, commits, the object cache (L1), commit latency, reads from the object store (L2), journal and " +
    "checkpoints, and the I/O reduction that the last validation measured, with its date. Counters are those that the " +
    "last process that wrote to the store left when it closed it; if there are none, because it was killed or is still " +
    "at work, the store is opened and they are of this process. A number nobody measured is shown as missing, not as " +
    "0. `--format prometheus` is the text format that Prometheus scrapes.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --format prometheus > helios.prom",
    "<%= config.bin %> <%= command.id %> --json",
  ];
  static override flags = {
    format: Flags.option({ description: "how to show them", options: statsFormats, default: "table" })(),
    runs: Flags.string({
      description: "where validations were run; default: .helios-runs in the work directory",
      helpValue: "DIR",
    }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Stats);
    // Opening a store loads the whole engine and a database: only where nothing was left to be read.
    const result =
      closedStats(flags) ??
      (await this.read(flags, ({ helios }) =>
        completeStats(flags, "opened", new Date().toISOString(), helios.stats()),
      ));
    if (!this.jsonEnabled()) await this.write(renderStats(result, flags.format));
    return result;
  }
}
