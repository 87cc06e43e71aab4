import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Helios } from "@helios/engine";
import {
  branchLines,
  type BranchChange,
  commitOf,
  createBranch,
  currentCommit,
  listBranches,
} from "../branches.ts";
import { CliError } from "../errors.ts";
import { StoreCommand } from "../store-command.ts";

/** The branch that `commit` and `log` mean when none is named. */
const defaultBranch = "main";

interface Wanted {
  readonly name: string;
  /** Where a new branch begins. */
  readonly from: string | undefined;
  readonly move: string | undefined;
  readonly delete: boolean;
  readonly expect: string | undefined;
}

export default class Branch extends StoreCommand {
  static override summary = "List, make, move or delete branches.";
  static override description =
    "A branch is a name for a commit. A new one begins at FROM (default main) and copies nothing; `commit --branch NAME` " +
    "advances it and `merge NAME` brings it into main. --move makes it name another commit, --delete deletes the name " +
    "only. With --expect that is done only if the branch still names this commit (compare-and-swap), and is REF_MOVED " +
    "otherwise, so two scripts cannot undo each other's change.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> try-2",
    "<%= config.bin %> <%= command.id %> fix c42",
    "<%= config.bin %> <%= command.id %> try-2 --move main --expect c12",
    "<%= config.bin %> <%= command.id %> try-2 --delete",
  ];
  static override args = {
    name: Args.string({ description: "the branch; without it all are listed" }),
    from: Args.string({
      description:
        "where a new one begins: a branch, a commit, blake3:<hex> or a unique beginning of it; default: main",
    }),
  };
  static override flags = {
    move: Flags.string({
      description: "make the branch name this branch's, commit's or snapshot's commit",
      helpValue: "SNAPSHOT",
      exclusive: ["delete"],
    }),
    delete: Flags.boolean({ char: "d", description: "delete the branch", default: false }),
    expect: Flags.string({
      description: "only if the branch still names this commit; with --move and --delete",
      helpValue: "COMMIT",
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Branch);
    const { name } = args;
    if (name === undefined) {
      refuseWithoutName(flags);
      return this.read(flags, ({ helios }) => this.#list(helios));
    }
    const wanted: Wanted = { ...flags, name, from: args.from };
    refuseOddities(wanted);
    return this.change(flags, { create: false }, ({ helios }) => {
      const changed = apply(helios, wanted);
      this.log(describe(changed));
      return { version: 1, changed, branches: listBranches(helios) };
    });
  }

  #list(helios: Helios): unknown {
    const branches = listBranches(helios);
    for (const line of branchLines(branches)) this.log(line);
    if (branches.length === 0) this.logToStderr("no branches yet");
    return { version: 1, changed: null, branches };
  }
}

function apply(helios: Helios, { name, from: start, move, delete: remove, expect }: Wanted): BranchChange {
  if (move === undefined && !remove) return createBranch(helios, name, start ?? defaultBranch);
  const current = currentCommit(helios, name);
  const from = expect === undefined ? current : commitOf(helios, expect);
  if (remove) {
    helios.deleteRef(name, from);
    return { name, from, to: null };
  }
  const to = commitOf(helios, move!);
  helios.setRef(name, to, from);
  return { name, from, to };
}

function describe({ name, from, to }: BranchChange): string {
  if (from === null) return `${name} made at ${to}`;
  return to === null ? `${name} deleted (it was at ${from})` : `${name} moved from ${from} to ${to}`;
}

function refuseWithoutName(flags: {
  move?: string | undefined;
  delete: boolean;
  expect?: string | undefined;
}): void {
  if (flags.move === undefined && !flags.delete && flags.expect === undefined) return;
  throw new CliError(
    "USAGE_ARGUMENT",
    "no branch was named",
    "helios-cli branch NAME --move SNAPSHOT, or --delete",
  );
}

function refuseOddities({ name, from, move, delete: remove, expect }: Wanted): void {
  if (from !== undefined && (move !== undefined || remove))
    throw new CliError(
      "USAGE_ARGUMENT",
      "FROM is where a new branch begins; --move and --delete are for one that exists",
      `helios-cli branch ${name} --move ${from}, or helios-cli branch ${name} --delete`,
    );
  if (expect !== undefined && move === undefined && !remove)
    throw new CliError(
      "USAGE_FLAG",
      "--expect needs --move or --delete: a new branch has nothing to be expected",
      `helios-cli branch ${name} --move SNAPSHOT --expect COMMIT`,
    );
  if (remove && name === defaultBranch)
    throw new CliError(
      "USAGE_ARGUMENT",
      `${defaultBranch} is where commits go when no branch is named, so it is not deleted`,
      `move it instead: helios-cli branch ${defaultBranch} --move SNAPSHOT`,
    );
}
