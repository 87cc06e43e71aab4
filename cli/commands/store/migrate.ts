import * as Flags from "@oclif/core/flags";
import { showBytes, showCount } from "../../show.ts";
import { StoreCommand } from "../../store-command.ts";

export default class StoreMigrate extends StoreCommand {
  static override summary = "Move the store's objects to another backend.";
  static override description =
    "Everything is copied beside the old objects, synced, read back and compared before the store changes over, so that " +
    "it works whenever this is ended. Needs disk space for both meanwhile. The journal and all ids stay as they are. " +
    "Refused while another process has the store open for writing.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --to lmdb",
    "<%= config.bin %> <%= command.id %> --to rocksdb --store .helios --json",
  ];
  static override flags = {
    to: Flags.option({
      description: "backend to move to",
      options: ["rocksdb", "lmdb"] as const,
      required: true,
    })(),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(StoreMigrate);
    const { migrateStore } = await import("@helios/engine");
    const { root } = await this.find(flags);
    const progress = { copying: this.progress("copying rows"), comparing: this.progress("comparing rows") };
    try {
      const moved = await migrateStore(root, flags.to, {
        signal: this.signal,
        onProgress: ({ phase, rows }) => progress[phase].update(rows),
      });
      progress.copying.done();
      progress.comparing.done();
      this.log(
        `${showCount(moved.rows, "row", "rows")} (${showBytes(moved.bytes)}) moved from ${moved.from} to ${moved.to}`,
      );
      return { version: 1, store: root, ...moved };
    } finally {
      progress.copying.done();
      progress.comparing.done();
    }
  }
}
