import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { CommitRecord } from "@helios/engine";
import { shortId } from "../branches.ts";
import { showCount, showLine, showTime } from "../show.ts";
import { StoreCommand } from "../store-command.ts";

const limitDefault = 20;

export default class Log extends StoreCommand {
  static override summary = "List commits, newest first.";
  static override description =
    "From a branch, commit or snapshot back along first parents. Each line has the commit, its snapshot, the branches " +
    "that name it, the time (UTC), how many paths changed, who and what. --oneline leaves the commit, the beginning of " +
    "the snapshot, branches and the first line of the message.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> try-2 --limit 5",
    "<%= config.bin %> <%= command.id %> --oneline -n 50",
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
    oneline: Flags.boolean({ description: "short lines", default: false }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Log);
    return this.read(flags, async ({ helios }) => {
      const records = helios.log(args.from, flags.limit === 0 ? Infinity : flags.limit);
      const refs = helios.refs();
      const commits = records.map(({ timeMs, ...record }): LoggedCommit => ({
        ...record,
        branches: refs.filter(({ commit }) => commit === record.commit).map(({ name }) => name),
        time: new Date(timeMs).toISOString(),
        timeMs,
      }));
      for (const commit of commits) this.log(flags.oneline ? shortLine(commit) : longLine(commit));
      if (commits.length === 0) this.logToStderr("no commits yet");
      return { version: 1, from: args.from, commits };
    });
  }
}

interface LoggedCommit extends CommitRecord {
  readonly branches: readonly string[];
  readonly time: string;
}

function longLine(logged: LoggedCommit): string {
  const { commit, snapshot, timeMs, changedPaths, author, message } = logged;
  const changes = showCount(changedPaths, "path", "paths");
  return [commit, snapshot, names(logged), showTime(timeMs), changes, showLine(author), showLine(message)]
    .filter(Boolean)
    .join("  ");
}

function shortLine(logged: LoggedCommit): string {
  const { commit, snapshot, message } = logged;
  const [subject = ""] = message.split("\n");
  return [commit, shortId(snapshot), names(logged), showLine(subject)].filter(Boolean).join(" ");
}

function names({ branches }: LoggedCommit): string {
  return branches.length === 0 ? "" : `(${branches.join(", ")})`;
}
