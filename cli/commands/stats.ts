import * as Flags from "@oclif/core/flags";
import { StoreCommand } from "../store-command.ts";
import { renderStats, statsFormats } from "../stats-formats.ts";

export default class Stats extends StoreCommand {
  static override summary = "Show the store's counters.";
  static override description =
    "Entries, commits, the object cache (L1), commit latency and reads from the object store (L2). Cache counters are " +
    "those of this process; latencies are those of the last process that committed. A number nobody measured is shown " +
    "as missing, not as 0. `--format prometheus` is the text format that Prometheus scrapes.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --format prometheus > helios.prom",
    "<%= config.bin %> <%= command.id %> --json",
  ];
  static override flags = {
    format: Flags.option({ description: "how to show them", options: statsFormats, default: "table" })(),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Stats);
    return this.read(flags, async ({ helios, root }) => {
      const result = { version: 1, store: root, ...helios.stats() };
      if (!this.jsonEnabled()) await this.write(renderStats(result, flags.format));
      return result;
    });
  }
}
