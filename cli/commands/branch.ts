import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Helios, Ref } from "@helios/engine";
import { CliError } from "../errors.ts";
import { StoreCommand } from "../store-command.ts";

export default class Branch extends StoreCommand {
  static override summary = "List branches, make one, or delete one.";
  static override description =
    "A branch is a name for a commit. A new one begins at FROM (default main); `commit --branch NAME` advances it and " +
    "`merge NAME` brings it into main. Deleting one deletes the name only. An existing branch is never moved.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> try-2",
    "<%= config.bin %> <%= command.id %> fix c42",
    "<%= config.bin %> <%= command.id %> try-2 --delete",
  ];
  static override args = {
    name: Args.string({ description: "the branch; without it all are listed" }),
    from: Args.string({
      description:
        "where it begins: a branch, a commit, blake3:<hex> or a unique beginning of it; default: main",
    }),
  };
  static override flags = {
    delete: Flags.boolean({ char: "d", description: "delete the branch", default: false }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Branch);
    const { name } = args;
    if (flags.delete && (name === undefined || args.from !== undefined))
      throw new CliError(
        "USAGE_ARGUMENT",
        "--delete takes the name of a branch",
        "helios-cli branch NAME --delete",
      );
    if (name === undefined)
      return this.read(flags, ({ helios }) => {
        for (const { name: each, commit, snapshot } of helios.refs())
          this.log(`${each}  ${commit}  ${snapshot}`);
        return resultOf(helios);
      });
    return this.change(flags, { create: false }, ({ helios }) => {
      const existing = helios.refs().find((ref) => ref.name === name);
      if (flags.delete) this.#delete(helios, name, existing);
      else this.#make(helios, name, args.from ?? "main", existing);
      return resultOf(helios);
    });
  }

  #make(helios: Helios, name: string, from: string, existing: Ref | undefined): void {
    if (existing !== undefined)
      throw new CliError(
        "BRANCH_EXISTS",
        `there is a branch ${JSON.stringify(name)} already, at ${existing.commit}`,
        "choose another name, or delete it first (--delete)",
      );
    const [head] = helios.log(from, 1);
    if (head === undefined)
      throw new CliError(
        "BRANCH_UNKNOWN",
        `${from} has no commits yet`,
        "`helios-cli commit` makes the first",
      );
    helios.setRef(name, head.commit, undefined);
    this.log(`${name}  ${head.commit}  ${head.snapshot}`);
  }

  #delete(helios: Helios, name: string, existing: Ref | undefined): void {
    if (existing === undefined)
      throw new CliError(
        "BRANCH_UNKNOWN",
        `there is no branch ${JSON.stringify(name)}`,
        "`helios-cli branch` lists them",
      );
    helios.deleteRef(name, existing.commit);
    this.log(`${name} deleted, it was at ${existing.commit}`);
  }
}

/** The branches that there are afterwards. */
function resultOf(helios: Helios) {
  return { version: 1, branches: helios.refs() };
}
