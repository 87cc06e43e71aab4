import { groupDigits, showBytes, showCount } from "../../show.ts";
import { StoreCommand } from "../../store-command.ts";

export default class StoreInfo extends StoreCommand {
  static override summary = "Show what the store consists of.";
  static override description =
    "Backend, format version, the sizes of its spaces, of the files of the object store and of the journal. Reads every " +
    "row once; another process may write to the store meanwhile.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --store .helios --json",
  ];

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(StoreInfo);
    const { storeInfo } = await import("@helios/engine");
    const root = (await this.find(flags)).root;
    const info = await storeInfo(root);
    this.log(root);
    this.log(`  format    ${info.format}, made ${info.createdAt}`);
    this.log(`  objects   ${info.l2} in ${info.objects}/, ${showBytes(info.objectsBytes)} of files`);
    this.log(
      `  journal   ${showCount(info.journal.segments, "segment", "segments")}, ${showBytes(info.journal.bytes)}`,
    );
    this.log("");
    this.log(
      `  ${"space".padEnd(10)} ${"rows".padStart(12)} ${"keys".padStart(12)} ${"values".padStart(12)}`,
    );
    for (const { space, rows, keyBytes, valueBytes } of info.spaces)
      this.log(
        `  ${space.padEnd(10)} ${groupDigits(rows).padStart(12)} ${showBytes(keyBytes).padStart(12)} ${showBytes(valueBytes).padStart(12)}`,
      );
    return { version: 1, store: root, ...info };
  }
}
