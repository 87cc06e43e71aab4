/** `hooks uninstall`: back to the hooks that were there before. */
import * as Flags from "@oclif/core/flags";
import { HooksCommand, hooksArgs } from "../../hooks/hooks-command.ts";

export default class HooksUninstall extends HooksCommand {
  static override summary = "Take the hooks away again.";
  static override description =
    "Removes the hooks that helios-cli wrote and puts back the ones that were there before. Hooks of others stay.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> ../some-project",
  ];
  static override args = hooksArgs;
  static override flags = {
    force: Flags.boolean({ description: "also a hook that was changed by hand (it is put aside)" }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(HooksUninstall);
    const { openRepository, uninstallHooks } = await import("../../hooks/git-hooks.ts");
    const repository = await openRepository(args.path);
    return this.show(repository, await uninstallHooks(repository, this.program(), flags.force));
  }
}
