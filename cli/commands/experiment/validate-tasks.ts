/** `experiment validate-tasks`: whether development tasks can count. */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { BaseCommand } from "../../base-command.ts";
import { exitCodes } from "../../exit-codes.ts";

interface Row {
  readonly id: string;
  readonly outcome: "valid" | "invalid" | "environment" | "deprecated" | "skipped" | "broken";
  readonly version?: number;
  readonly problems: readonly string[];
}

export default class ExperimentValidateTasks extends BaseCommand {
  static override summary =
    "Run every task with its oracle and without: only what tells them apart can count.";
  static override description =
    "A task counts when its visible and hidden tests are green three times with the oracle's change, when its hidden " +
    "tests are red without any, and when there is evidence that tests ran. Tasks that need a program this machine " +
    "lacks are skipped and counted as such; deprecated tasks are not run. Test commands run with limits of time, " +
    "processor time, memory and output and without a network as far as hooks reach: containment, not a sandbox, so " +
    "validate only packs you trust. Ends with 0 when every task that was run is valid, 1 when one is not, 3 when none " +
    "could be run.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --task lru-cache-evicts-oldest --task trie-longest-prefix",
    "<%= config.bin %> <%= command.id %> ../our-tasks --json",
  ];
  static override args = {
    directory: Args.string({
      description: "A pack: a directory with a folder for each task. Default: the tasks that come along.",
    }),
  };
  static override flags = {
    task: Flags.string({ description: "Only this task; may be given several times.", multiple: true }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ExperimentValidateTasks);
    const { loadTasks, ownTasks, validateTask } = await import("@helios/experiments");
    const directory = args.directory ?? ownTasks;
    const progress = this.progress("tasks validated");
    const rows: Row[] = [];
    try {
      for (const loaded of loadTasks(directory, flags.task === undefined ? {} : { ids: flags.task })) {
        this.signal.throwIfAborted();
        if (loaded.kind === "broken") {
          rows.push({ id: loaded.id, outcome: "broken", problems: loaded.error.message.split("\n") });
        } else if (loaded.kind === "skipped") {
          const { id, version } = loaded.task;
          rows.push({ id, version, outcome: "skipped", problems: [loaded.reason] });
        } else {
          const { id, version, outcome, problems } = await validateTask(loaded.task, { signal: this.signal });
          rows.push({ id, version, outcome, problems });
        }
        progress.update(rows.length);
      }
    } finally {
      progress.done();
    }
    const count = (...outcomes: Row["outcome"][]): number =>
      rows.filter(({ outcome }) => outcomes.includes(outcome)).length;
    const bad = count("invalid", "environment", "broken");
    const counts = {
      valid: count("valid"),
      invalid: count("invalid", "broken"),
      environment: count("environment"),
      skipped: count("skipped"),
      deprecated: count("deprecated"),
    };
    for (const { id, outcome, problems } of rows) {
      if (outcome === "valid") continue;
      this.log(`${outcome.padEnd(11)} ${id}`);
      for (const problem of problems) this.log(`  ${problem}`);
    }
    const parts = Object.entries(counts).map(([name, number]) => `${number} ${name}`);
    this.log(`${rows.length} tasks: ${parts.join(", ")}`);
    this.exitWith(bad > 0 ? exitCodes.noGo : counts.valid === 0 ? exitCodes.hold : exitCodes.ok);
    return { version: 1, directory, ...counts, tasks: rows };
  }
}
