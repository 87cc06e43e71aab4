import { join } from "node:path";
import * as Flags from "@oclif/core/flags";
import type { EngineStats } from "@helios/engine/observability";
import { lastValidation } from "../last-validation.ts";
import { StoreCommand, type StoreFlags } from "../store-command.ts";
import { renderStats, statsFormats, type StoreStats } from "../stats-formats.ts";

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
    const result = await this.#stats(flags);
    if (!this.jsonEnabled()) await this.write(renderStats(result, flags.format));
    return result;
  }

  /** Opening a store loads the whole engine and a database: only where nothing was left to be read. */
  async #stats(flags: StoreFlags & { readonly runs?: string | undefined }): Promise<StoreStats> {
    const { discoverStore, readStoredStats } = await import("@helios/engine/observability");
    const { root, foundIn } = discoverStore({
      flag: flags.store,
      environment: process.env["HELIOS_STORE"],
      from: flags.work ?? ".",
    });
    const last = lastValidation(flags.runs ?? join(flags.work ?? foundIn ?? ".", ".helios-runs"));
    const complete = (source: StoreStats["source"], time: string, stats: EngineStats): StoreStats => ({
      version: 1,
      store: root,
      as_of: time,
      source,
      ...stats,
      io_reduction_percent: last?.ioReductionPercent ?? null,
      io_reduction: last ?? null,
    });
    const left = readStoredStats(root);
    if (left !== undefined) return complete("closed", left.time, left.stats);
    return this.read(flags, ({ helios }) => complete("opened", new Date().toISOString(), helios.stats()));
  }
}
