import { isUtf8 } from "node:buffer";
import * as Args from "@oclif/core/args";
import { CliError } from "../errors.ts";
import { showPath } from "../show.ts";
import { StoreCommand } from "../store-command.ts";
import { entriesAt } from "./ls.ts";

export default class Read extends StoreCommand {
  static override summary = "Write the content of one path to standard output.";
  static override description =
    "The exact bytes, nothing added. A symlink's content is its target. Under --json the content is text where it is " +
    "UTF-8 and base64 otherwise; `encoding` says which.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> main src/index.ts",
    "<%= config.bin %> <%= command.id %> c3 logo.png > logo.png",
  ];
  static override args = {
    snapshot: Args.string({
      description: "blake3:<hex>, a unique beginning, a commit or a branch",
      required: true,
    }),
    path: Args.string({ description: "path in the snapshot", required: true }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Read);
    return this.read(flags, async ({ helios }) => {
      const snapshot = helios.resolve(args.snapshot);
      const path = args.path.replace(/^\.\//, "");
      const entry = entriesAt(helios, snapshot, path).find((each) => each.path === path);
      if (entry === undefined) {
        const remedy = `helios-cli ls ${snapshot.slice(0, 19)} ${showPath(path)} lists what is in it`;
        throw new CliError("PATH_UNKNOWN", `${showPath(path)} is a directory`, remedy);
      }
      const content = Buffer.from(helios.readObject(entry.hash));
      if (!this.jsonEnabled()) await this.write(content);
      const encoding = isUtf8(content) ? "utf8" : "base64";
      return { version: 1, snapshot, ...entry, encoding, content: content.toString(encoding) };
    });
  }
}
