/**
 * What the last validation found about I/O, for `stats`: one number with its date, from the newest report that
 * `benchmark` left. A number without its date would pass for one of today.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface LastValidation {
  /** Bytes that Git writes and Helios does not, percent, in the worst cell of the plan. */
  readonly ioReductionPercent: number;
  /** Lower confidence bound of it. */
  readonly lowerBoundPercent: number | null;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly plan: string;
  readonly outcome: string;
  /** The report it is from. */
  readonly report: string;
}

const GATE = "io-reduction";
/** As `benchmark` names them: `20250101T120000Z-phase0`. */
const runName = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-/;

interface GateRow {
  readonly id: string;
  readonly outcome: string;
  readonly value?: number;
  readonly bound?: number;
}

/** Of the newest run below the directory whose report has the number; undefined where there is none. */
export function lastValidation(runs: string): LastValidation | undefined {
  for (const name of runsIn(runs)) {
    const found = validationIn(join(runs, name), name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Newest first: the names sort by time. */
function runsIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => runName.test(name))
      .sort()
      .reverse();
  } catch {
    return [];
  }
}

function validationIn(run: string, name: string): LastValidation | undefined {
  const file = join(run, "report.json");
  try {
    const { gates, plan } = JSON.parse(readFileSync(file, "utf8")) as {
      gates: GateRow[];
      plan: { id: string };
    };
    const row = gates.find(({ id }) => id === GATE);
    if (row?.value === undefined) return undefined;
    return {
      ioReductionPercent: percent(row.value),
      lowerBoundPercent: row.bound === undefined ? null : percent(row.bound),
      date: name.replace(runName, "$1-$2-$3T$4:$5:$6Z").slice(0, "2025-01-01T12:00:00Z".length),
      plan: plan.id,
      outcome: row.outcome,
      report: file,
    };
  } catch {
    // Unfinished, or of another version.
    return undefined;
  }
}

function percent(share: number): number {
  return Math.round(share * 1e6) / 1e4;
}
