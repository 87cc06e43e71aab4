/** Two variants of a plan's arms measured in one job: revisions of the code, or configurations. */
import { resolve } from "node:path";
import {
  type CheckedOut,
  type Revisions,
  type Variant,
  checkOutRevisions,
  pairedPlan,
  pairsOf,
  readConfiguration,
  sourceRoot,
} from "@helios/experiments";
import type { Report } from "@helios/reports";
import { CliError } from "./errors.ts";
import type { ProgressStream } from "./progress.ts";
import { planFor, runPlan } from "./run-plan.ts";

export interface PairedRunOptions {
  readonly plan: string;
  /** One of the two. */
  readonly revisions?: readonly [string, string];
  readonly configs?: readonly [string, string];
  readonly subject: string;
  readonly runs: number | undefined;
  readonly selfCheck: boolean;
  readonly out: string | undefined;
  readonly signal: AbortSignal;
  readonly progress: ProgressStream;
  readonly columns: number;
}

export interface PairedRun {
  readonly report: Report;
  readonly out: string;
  readonly pairs: ReturnType<typeof pairsOf>;
  readonly labels: readonly [string, string];
}

export async function pairedRun(options: PairedRunOptions): Promise<PairedRun> {
  const revisions = options.revisions && (await checkedOut(options.revisions));
  try {
    const [a, b] = variants(options, revisions?.found);
    const { subject, runs, selfCheck, progress } = options;
    for (const { revision, hasOtherPackages } of revisions?.found ?? []) {
      if (hasOtherPackages)
        progress.write(
          `note: ${revision.slice(0, 12)} asks for other packages and runs with those installed here\n`,
        );
    }
    const plan = pairedPlan(planFor(options.plan), a, b, {
      subject,
      selfCheck,
      ...(runs === undefined ? {} : { runs }),
    });
    const ran = await runPlan({
      plan,
      resume: false,
      shard: undefined,
      repo: undefined,
      out: options.out === undefined ? undefined : resolve(options.out),
      history: undefined,
      runTests: false,
      ...(revisions
        ? { revisions: new Map(revisions.found.map(({ revision, entry }) => [revision, entry])) }
        : {}),
      signal: options.signal,
      progress,
      columns: options.columns,
    });
    if (ran.kind !== "judged") throw new CliError("INTERNAL", "a paired run has no shards", "report this");
    return { report: ran.report, out: ran.out, pairs: pairsOf(plan), labels: [a.label, b.label] };
  } finally {
    await revisions?.remove();
  }
}

async function checkedOut(names: readonly [string, string]): Promise<Revisions> {
  if (sourceRoot === undefined) {
    throw new CliError(
      "USAGE_FLAG",
      "revisions can be compared only where Helios runs from its own checkout",
      "clone the project and run `make setup` there",
    );
  }
  return checkOutRevisions(sourceRoot, names);
}

function variants(
  options: PairedRunOptions,
  found: readonly CheckedOut[] | undefined,
): readonly [Variant, Variant] {
  const { revisions, configs } = options;
  const [first, second] = found ?? [];
  if (revisions && first && second) {
    return [
      { label: revisions[0], revision: first.revision },
      { label: revisions[1], revision: second.revision },
    ];
  }
  if (configs) return [readConfiguration(configs[0]), readConfiguration(configs[1])];
  throw new CliError(
    "USAGE_FLAG",
    "name two revisions or two configurations",
    "--revisions A B, or --configs FILE FILE",
  );
}
