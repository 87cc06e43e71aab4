/** Puts the validation of phase 0 together: plan, run directory, collectors, progress. */
import { dirname, join, resolve } from "node:path";
import { collectCoverage, loadPlan, runValidation, type ValidationProgress } from "@helios/experiments";
import { guards, loadExceptions, type Guard } from "@helios/policy";
import { formatMicroseconds, type Report } from "@helios/reports";
import { formatSeconds, Phases } from "./phases.ts";
import type { ProgressStream } from "./progress.ts";
import { phaseCount, validate, type Collector, type EvidenceName } from "./validation.ts";

export interface Phase0Options {
  readonly quick: boolean;
  readonly repo: string | undefined;
  readonly out: string | undefined;
  /** Whether the tests may be run where no coverage of this revision is found. */
  readonly runTests: boolean;
  readonly signal: AbortSignal;
  /** Progress goes there; results never do. */
  readonly progress: ProgressStream;
}

/** What is validated: the project this command line is part of. */
const projectRoot = dirname(import.meta.dirname);

export async function runPhase0(options: Phase0Options): Promise<{ report: Report; out: string }> {
  const plan = loadPlan(options.quick ? "phase0-quick" : "phase0");
  const out = resolve(options.out ?? join(".helios-runs", `${utcName(new Date())}-${plan.id}`));
  const collectors = collectorsFor(options);
  const phases = new Phases(options.progress, phaseCount(collectors));
  const { repo, signal } = options;
  const report = await validate({
    out,
    signal,
    phases,
    collectors,
    measure: () =>
      runValidation({
        plan,
        out,
        signal,
        ...(repo === undefined ? {} : { repo }),
        onProgress: (progress) => showRun(phases, progress),
      }),
  });
  return { report, out };
}

function collectorsFor({ runTests }: Phase0Options): readonly Collector[] {
  const coverage: Collector = {
    name: "coverage",
    title: "Test coverage",
    collect: (signal) => collectCoverage(projectRoot, { run: runTests, signal }),
  };
  return [coverage, ...guards.map(collectorOf)];
}

function collectorOf(guard: Guard): Collector {
  return {
    name: guard.id as EvidenceName,
    title: guard.title,
    async collect(signal) {
      const exceptions = await loadExceptions(projectRoot, { now: new Date() });
      return guard.run({ root: projectRoot, exceptions, signal });
    },
  };
}

/** One line about a run: how far, what, its P95 so far, how long still. */
function showRun(phases: Phases, progress: ValidationProgress): void {
  if (progress.kind === "preparing") {
    phases.status(`preparing cell ${progress.done + 1} of ${progress.cells}: ${progress.cell}`);
    return;
  }
  if (progress.kind === "event") return;
  const { cell, arm, done, total, secondsLeft, arms, problem } = progress;
  if (problem !== undefined) phases.note(`${cell} ${arm}: ${problem}`);
  const left = secondsLeft === undefined ? "" : `, about ${formatSeconds(secondsLeft)} left`;
  const known = arms.find((one) => one.arm === arm);
  const p95 = known === undefined ? "" : `, P95 ${formatMicroseconds(known.p95Us)}`;
  phases.status(`${done} of ${total} runs${left}: ${cell} ${arm}${p95}`);
}

/** `20250101T120000Z`: sorts by time, and is a file name everywhere. */
function utcName(now: Date): string {
  return now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
}
