import * as Args from "@oclif/core/args";
import { createBranch, listBranches } from "../branches.ts";
import { StoreCommand } from "../store-command.ts";

export default class Fork extends StoreCommand {
  static override summary = "Begin a line of work of its own at a snapshot.";
  static override description =
    "Makes the branch NAME at SNAPSHOT: what `branch NAME SNAPSHOT` does. Nothing is copied, whatever the size " +
    "of the state; commits with `--branch NAME` then advance it and no other. `helios-cli merge` brings lines together.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> try-2",
    "<%= config.bin %> <%= command.id %> try-3 blake3:1f8e --json",
  ];
  static override args = {
    name: Args.string({ description: "name of the new branch", required: true }),
    snapshot: Args.string({
      description: "blake3:<hex>, a unique beginning, a commit or a branch",
      default: "main",
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Fork);
    return this.change(flags, { create: false }, ({ helios }) => {
      const changed = createBranch(helios, args.name, args.snapshot);
      this.log(`${changed.name} made at ${changed.to}`);
      return { version: 1, changed, branches: listBranches(helios) };
    });
  }
}
