/** `hooks install`: the guards at every commit and push of a checkout. */
import * as Flags from "@oclif/core/flags";
import { HooksCommand, hooksArgs } from "../../hooks/hooks-command.ts";

export default class HooksInstall extends HooksCommand {
  static override summary = "Check what is committed and pushed, by hooks of Git.";
  static override description =
    "Writes plain hooks where Git looks for them (core.hooksPath and worktrees are respected). pre-commit checks what is " +
    "staged for forbidden kernel mechanisms, and the licences when package.json or a lock file is staged; pre-push runs " +
    "every guard. A hook that is there already is kept and runs first. Not (fully) checked is said and stops nobody, " +
    "unless `git config helios.strictHooks true`. Running it again brings the hooks up to date.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> ../some-project",
    "<%= config.bin %> <%= command.id %> --force",
  ];
  static override args = hooksArgs;
  static override flags = {
    force: Flags.boolean({
      description:
        "also where hooks are shared by all repositories, or a hook would be replaced (it is put aside)",
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(HooksInstall);
    const { installHooks, openRepository } = await import("../../hooks/git-hooks.ts");
    const repository = await openRepository(args.path);
    return this.show(repository, await installHooks(repository, this.program(), flags.force));
  }
}
