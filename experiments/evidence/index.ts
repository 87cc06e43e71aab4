/**
 * From a sealed run directory to numbers: what each cell showed, and the evidence of the two gates that rest on
 * runs. A pure function of the directory's content: the same files give the same values, bit for bit.
 */
import { median, planHash, readRunDirectory } from "@helios/harness";
import { isCompleted, viewOf } from "./cell-views.ts";
import { commitLatency, ioReduction } from "./gate-evidence.ts";
import type { RunSummary } from "./types.ts";

export type * from "./types.ts";

/** Reads a sealed run directory, verifying every file, and sums it up. */
export function summarize(directory: string): RunSummary {
  const run = readRunDirectory(directory);
  const views = run.plan.cells.map((cell) => viewOf(run, cell));
  return {
    directory,
    plan: run.plan,
    planHash: planHash(run.plan),
    environment: run.environment,
    cells: views.map(({ summary }) => summary),
    commitP95: commitLatency(views),
    ioReduction: ioReduction(views),
    evidence: run.evidence,
    events: run.events,
    timerCostNs: median(run.records.filter(isCompleted).map(({ timerCostNs }) => timerCostNs)) || 0,
    rawData: run.manifest.files.map(({ file, sha256 }) => ({ file, sha256 })),
  };
}
