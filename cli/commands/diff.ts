import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { renderPatch, renderStat } from "../diff-formats.ts";
import { showPath } from "../show.ts";
import { StoreCommand } from "../store-command.ts";

const letters = { added: "A", deleted: "D", modified: "M" } as const;

export default class Diff extends StoreCommand {
  static override summary = "Show what changed from one snapshot to another.";
  static override description =
    "One line a path: A added, D deleted, M modified (content or mode). --stat counts lines, --patch shows them in the " +
    "form that `git apply` reads; binary files are named, not shown.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> c1 main",
    "<%= config.bin %> <%= command.id %> blake3:1f8e blake3:77a0 --patch > change.patch",
    '<%= config.bin %> <%= command.id %> c1 c2 --stat --select "src/**"',
  ];
  static override args = {
    from: Args.string({
      description: "the older snapshot: blake3:<hex>, a unique beginning, a commit or a branch",
      required: true,
    }),
    to: Args.string({ description: "the newer snapshot", required: true }),
  };
  static override flags = {
    stat: Flags.boolean({ description: "count changed lines", exclusive: ["patch"] }),
    patch: Flags.boolean({ char: "p", description: "show changed lines", exclusive: ["stat"] }),
    select: Flags.string({
      description: 'glob of paths to compare, "!" leaves out; repeatable',
      multiple: true,
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Diff);
    return this.read(flags, async ({ helios }) => {
      const engine = await import("@helios/engine");
      const [from, to] = [helios.resolve(args.from), helios.resolve(args.to)];
      const isSelected = engine.compileSelectors(flags.select ?? []);
      const changes = helios.diff(from, to).filter(({ path }) => isSelected(path));
      if (!this.jsonEnabled()) {
        const read = (hash: string) => helios.readObject(hash);
        if (flags.patch) for (const change of changes) await this.write(renderPatch(change, read, engine));
        else if (flags.stat) await this.write(renderStat(changes, read, engine));
        else
          await this.write(changes.map(({ kind, path }) => `${letters[kind]} ${showPath(path)}\n`).join(""));
      }
      return { version: 1, from, to, changes };
    });
  }
}
