import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { showCount, showLine, showTime } from "../show.ts";
import { StoreCommand } from "../store-command.ts";

const limitDefault = 20;

export default class Log extends StoreCommand {
  static override summary = "List commits, newest first.";
  static override description =
    "From a branch, commit or snapshot back along first parents. Each line has the commit, its snapshot, the time (UTC), " +
    "how many paths changed, who and what.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> try-2 --limit 5",
    "<%= config.bin %> <%= command.id %> --limit 0 --json",
  ];
  static override args = {
    from: Args.string({ description: "branch, commit or snapshot to start from", default: "main" }),
  };
  static override flags = {
    limit: Flags.integer({
      char: "n",
      description: "at most so many; 0: all",
      default: limitDefault,
      min: 0,
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Log);
    return this.read(flags, async ({ helios }) => {
      const records = helios.log(args.from, flags.limit === 0 ? Infinity : flags.limit);
      const commits = records.map(({ timeMs, ...record }) => ({
        ...record,
        time: new Date(timeMs).toISOString(),
        timeMs,
      }));
      for (const { commit, snapshot, timeMs, changedPaths, author, message } of commits) {
        const changes = showCount(changedPaths, "path", "paths");
        this.log(
          [commit, snapshot, showTime(timeMs), changes, showLine(author), showLine(message)]
            .filter(Boolean)
            .join("  "),
        );
      }
      if (commits.length === 0) this.logToStderr("no commits yet");
      return { version: 1, from: args.from, commits };
    });
  }
}
