import * as Flags from "@oclif/core/flags";
import type { CollectResult } from "@helios/engine";
import { CliError } from "../errors.ts";
import { showBytes, showCount } from "../show.ts";
import { StepProgress } from "../step-progress.ts";
import { StoreCommand } from "../store-command.ts";

const stepNames = {
  checking: "checking commits",
  copying: "copying commits",
  sweeping: "looking for objects",
};

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

export default class Gc extends StoreCommand {
  static override summary = "Drop commits that nothing names, and what only they need.";
  static override description =
    "Kept are the commits that branches and pins name, those younger than the grace period, and all their ancestors. " +
    "The journal is rewritten without the others; contents and tree nodes that only these needed are removed from the " +
    "object store. Commits keep their names and ids. The store must not be open for writing elsewhere; readers that are " +
    "open have to open it again. Interrupted or killed at any point, nothing that is kept is lost, and the next command " +
    "that writes finishes the work or takes it back. A damaged store is not collected.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --dry-run",
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --grace 0s --json",
  ];
  static override flags = {
    grace: Flags.string({
      description: "keep commits younger than this: a number and ms, s, m, h, d or w",
      helpValue: "DURATION",
      default: "24h",
    }),
    "dry-run": Flags.boolean({ description: "count what would go; remove nothing", default: false }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Gc);
    const graceMs = parseDuration(flags.grace);
    const { root } = await this.find(flags);
    const { collectGarbage } = await import("@helios/engine");
    const progress = new StepProgress((what) => this.progress(what), stepNames);
    const result = await collectGarbage({
      root,
      graceMs,
      dryRun: flags["dry-run"],
      onProgress: (step, done, total) => progress.update(step, done, total),
    }).finally(() => progress.done());
    for (const line of linesOf(result)) this.log(line);
    return { version: 1, store: root, graceMs, ...result };
  }
}

/** `90s`, `24h`, `1.5d`. USAGE_FLAG for anything else. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined)
    return Number(amount) * unitsMs[unit as keyof typeof unitsMs];
  throw new CliError(
    "USAGE_FLAG",
    `${JSON.stringify(text)} is not a duration`,
    "write a number and a unit, such as 30m, 24h or 7d; 0s keeps nothing for its age alone",
  );
}

function linesOf({ dryRun, commits, journal, objects, durationMs }: CollectResult): string[] {
  const { dropped, kept } = commits;
  const { nodes, blobs, places, snapshots, roots } = objects;
  const rows = places.rows + snapshots.rows + roots.rows;
  const bytes = [nodes, blobs, places, snapshots, roots].reduce((sum, freed) => sum + freed.bytes, 0);
  const would = dryRun ? "would be " : "";
  return [
    `${showCount(dropped, "commit", "commits")} ${would}dropped, ${kept.toLocaleString("en")} kept`,
    `journal: ${showBytes(journal.beforeBytes)} -> ${showBytes(journal.afterBytes)}`,
    `object store: ${showCount(blobs.rows, "content", "contents")}, ${showCount(nodes.rows, "tree node", "tree nodes")} ` +
      `and ${showCount(rows, "row", "rows")} ${would}removed, ${showBytes(bytes)}; the backend gives the space back by and by`,
    ...(dryRun ? ["nothing has been removed"] : [`took ${(durationMs / 1000).toFixed(1)} s`]),
  ];
}
