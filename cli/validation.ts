/**
 * The whole road of a validation: measure, collect the other evidence, seal, judge, report. Judging reads the sealed
 * run directory and nothing else, so `benchmark` and `report recheck` come to the same bytes by the same code.
 *
 * `evidence/<name>.json` holds what was found: a guard's whole result, the coverage evidence, or why there is none.
 */
import { sealRunDirectory, summarize, writeEvidence, type RunSummary } from "@helios/experiments";
import {
  guardEvidence,
  judge,
  vulnerabilityEvidence,
  type CoverageEvidence,
  type Evidence,
  type EvidenceSet,
  type GuardResult,
  type VulnerabilityResult,
} from "@helios/policy";
import { buildReport, type Report } from "@helios/reports";
import type { Phases } from "./phases.ts";

export type EvidenceName = "coverage" | "licences" | "user-space-only" | "vulnerabilities";

type Missing = Extract<Evidence<never>, { readonly kind: "missing" }>;

/** Finds the evidence of one gate. */
export interface Collector {
  readonly name: EvidenceName;
  /** Shown while it works, e.g. `Licences`. */
  readonly title: string;
  collect(signal: AbortSignal): Promise<Evidence<CoverageEvidence> | GuardResult>;
}

export interface Validation {
  /** Absolute or relative to the working directory. */
  readonly out: string;
  readonly signal: AbortSignal;
  readonly phases: Phases;
  /** Writes plan, environment and runs into `out`. */
  measure(): Promise<unknown>;
  readonly collectors: readonly Collector[];
}

/** Rejects when measuring could not be done or was aborted; a collector that fails leaves missing evidence. */
export async function validate({ out, signal, phases, measure, collectors }: Validation): Promise<Report> {
  await phases.run("Measuring", measure, () => "all runs are over");
  await collectAll(out, signal, phases, collectors);
  return phases.run(
    "Judging",
    () => sealAndJudge(out),
    ({ verdict }) => verdict,
  );
}

/** A part of the runs with the evidence found beside them, sealed and not judged: the other parts are missing. */
export async function measureShard({ out, signal, phases, measure, collectors }: Validation): Promise<void> {
  await phases.run("Measuring", measure, () => "all runs of this shard are over");
  await collectAll(out, signal, phases, collectors);
  await phases.run(
    "Sealing",
    () => Promise.resolve(sealRunDirectory(out)),
    ({ files }) => `${files.length} files`,
  );
}

async function collectAll(
  out: string,
  signal: AbortSignal,
  phases: Phases,
  collectors: readonly Collector[],
): Promise<void> {
  for (const collector of collectors) {
    const found = await phases.run(collector.title, () => collectSafely(collector, signal), describe);
    writeEvidence(out, collector.name, found);
  }
}

// Async, so that a failure of the synchronous work below rejects like every other phase.
async function sealAndJudge(out: string): Promise<Report> {
  sealRunDirectory(out);
  return await Promise.resolve(judgeRunDirectory(out));
}

/** How many phases `validate` announces. */
export function phaseCount(collectors: readonly Collector[]): number {
  return collectors.length + 2;
}

/** Ten minutes of measuring are not thrown away because a registry did not answer. */
async function collectSafely(
  collector: Collector,
  signal: AbortSignal,
): Promise<Evidence<CoverageEvidence> | GuardResult> {
  try {
    return await collector.collect(signal);
  } catch (error) {
    signal.throwIfAborted();
    return missingBecause(error);
  }
}

function missingBecause(error: unknown): Missing {
  const reason = error instanceof Error ? error.message : String(error);
  const known = error instanceof Error && "remedy" in error && typeof error.remedy === "string";
  const remedy = known ? String(error.remedy) : "this is a defect in helios-cli: report it with this message";
  return { kind: "missing", reason, remedy };
}

function describe(found: Evidence<CoverageEvidence> | GuardResult): string {
  if ("verdict" in found) return `${found.verdict}: ${found.reason}`;
  return found.kind === "present" ? `found (${found.source})` : `no evidence: ${found.reason}`;
}

/**
 * The report of a sealed run directory. Offline, and the same bytes each time.
 * Throws RUN_TAMPERED, naming the file, where anything was changed since the run.
 */
export function judgeRunDirectory(directory: string): Report {
  const run = summarize(directory);
  return buildReport({
    plan: run.plan,
    planHash: run.planHash,
    environment: run.environment,
    judgement: judge(evidenceOf(run), run.plan.gates, { canGo: run.plan.canGo }),
    cells: run.cells,
    timerCostNs: run.timerCostNs,
    events: run.events,
    rawData: run.rawData,
  });
}

function evidenceOf(run: RunSummary): EvidenceSet {
  return {
    commitP95: run.commitP95,
    ioReduction: run.ioReduction,
    // Written by `validate` in these shapes, and the manifest has their hashes.
    coverage: stored(run, "coverage", (found) => found as Evidence<CoverageEvidence>),
    licences: stored(run, "licences", (found, source) => guardEvidence(found as GuardResult, source)),
    userSpaceOnly: stored(run, "user-space-only", (found, source) =>
      guardEvidence(found as GuardResult, source),
    ),
    vulnerabilities: stored(run, "vulnerabilities", (found, source) =>
      vulnerabilityEvidence(found as VulnerabilityResult, source),
    ),
    successScore: {
      kind: "missing",
      reason: "no development tasks were tried in both workflows",
      remedy: "run the A/B experiment on 30 development tasks, with recorded review minutes",
    },
    community: {
      kind: "missing",
      reason: "the project is not published, so nobody could use it yet",
      remedy: "publish it, then record stars and feedback",
    },
  };
}

/** What `validate` wrote for a gate, as the evidence its gate reads. */
function stored<T>(
  run: RunSummary,
  name: EvidenceName,
  convert: (found: unknown, source: string) => Evidence<T>,
): Evidence<T> {
  const found = run.evidence.get(name);
  if (found === undefined) {
    const remedy = "run the whole validation again: helios-cli benchmark --phase0-validation";
    return { kind: "missing", reason: `the run recorded nothing for ${name}`, remedy };
  }
  return isMissing(found) ? found : convert(found, `evidence/${name}.json`);
}

function isMissing(value: unknown): value is Missing {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "missing";
}
