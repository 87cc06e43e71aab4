/**
 * What must be known of a cell before its runs: which of its arms can be run here at all, what the workload finds
 * outside (a repository's history), and the state that every run must end in.
 */
import { mkdirSync } from "node:fs";
import {
  type Arm,
  type Cell,
  type CellRecord,
  type Executor,
  HarnessError,
  type Plan,
  type SkippedArm,
  type WorkloadParameters,
  canonicalJson,
} from "@helios/harness";
import { requireGit } from "./git-command.ts";
import { subjectNamed } from "./subjects/index.ts";
import { workloadNamed } from "./workloads/index.ts";
import { isPrepared } from "./workloads/prepared-workload.ts";

/**
 * Throws PLAN_INVALID for a class that a subject does not have or options that it does not take, and GIT_MISSING where
 * a gate compares with Git and there is none.
 */
export async function checkSubjects(plan: Plan): Promise<void> {
  for (const cell of plan.cells) for (const arm of cell.arms) checkArm(cell, arm);
  const isJudged = plan.gates.some(({ gate }) => gate === "io-reduction");
  const ioArms = plan.cells.filter(({ purpose }) => purpose.includes("io")).flatMap(({ arms }) => arms);
  if (isJudged && ioArms.some(({ subject }) => subject === "git")) await requireGit();
}

function checkArm(cell: Cell, arm: Arm): void {
  const subject = subjectNamed(arm.subject);
  const refuse = (what: string, remedy: string): never => {
    throw new HarnessError("PLAN_INVALID", `Cell ${cell.id}, arm ${arm.id}: ${what}`, remedy);
  };
  if (!subject.durabilityClasses.includes(cell.durability)) {
    const classes = subject.durabilityClasses.join(", ");
    refuse(
      `subject ${arm.subject} has no class ${cell.durability}`,
      `Classes of ${arm.subject}: ${classes}. Only equal classes are compared; move the arm to a cell of one of them.`,
    );
  }
  if (subject.optionProblems === undefined) {
    if (arm.options !== undefined)
      refuse(
        `subject ${arm.subject} takes no options`,
        "Leave options out; the parameters of a cell are the workload's.",
      );
    return;
  }
  const problems = subject.optionProblems(arm.options ?? {}, cell.durability);
  if (problems.length > 0)
    refuse(problems.join("; "), "The docstring of the subject says what its options are.");
}

/** Arms whose subject cannot be measured here, by cell, with the reason and what would change it. */
export async function skippedArms(plan: Plan): Promise<ReadonlyMap<string, readonly SkippedArm[]>> {
  const asked = new Map<string, ReturnType<ReturnType<typeof subjectNamed>["availability"]>>();
  const skipped = new Map<string, SkippedArm[]>();
  for (const cell of plan.cells) {
    for (const { id: arm, subject, options } of cell.arms) {
      const key = `${subject} ${canonicalJson(options ?? null)}`;
      const answer = asked.get(key) ?? subjectNamed(subject).availability(options);
      asked.set(key, answer);
      const availability = await answer;
      if (availability.kind === "available") continue;
      const { reason, remedy } = availability;
      skipped.set(cell.id, [...(skipped.get(cell.id) ?? []), { arm, subject, reason, remedy }]);
    }
  }
  return skipped;
}

/**
 * Why there is nothing to replay, by workload, where the user named no repository and this project's own is not
 * there or not usable. One that he named must be usable.
 */
export async function checkRepository(
  plan: Plan,
  repo: string | undefined,
  wasNamed: boolean,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const unusable = new Map<string, string>();
  for (const id of new Set(plan.cells.map(({ workload }) => workload))) {
    const workload = workloadNamed(id);
    if (!isPrepared(workload)) continue;
    if (repo === undefined) {
      unusable.set(id, "no repository was given; name one with --repo");
      continue;
    }
    try {
      await workload.check({ repo, ...(signal ? { signal } : {}) });
    } catch (error) {
      if (wasNamed || !(error instanceof HarnessError)) throw error;
      unusable.set(id, `${error.message}; give another repository with --repo`);
    }
  }
  return unusable;
}

export interface PrepareOptions {
  readonly repo: string;
  readonly directory: string;
  readonly unusable: ReadonlyMap<string, string>;
  readonly skipped: readonly SkippedArm[];
  /** What an earlier start of the same validation found. */
  readonly known: CellRecord | undefined;
  readonly execute: Executor;
  readonly signal: AbortSignal | undefined;
}

export interface PreparedCell {
  readonly record: CellRecord;
  readonly parameters: WorkloadParameters;
}

/**
 * The cell's record and the parameters of its runs. A cell that was prepared by an earlier start must come out the
 * same: RUN_DIRECTORY where the repository has moved on since, for its runs could not be compared.
 */
export async function prepareCell(plan: Plan, cell: Cell, options: PrepareOptions): Promise<PreparedCell> {
  const { repo, directory, unusable, skipped, known, signal } = options;
  const about = { format: "helios-cell/1", cell: cell.id } as const;
  const absent = (reason: string, facts: CellRecord["facts"] = {}): PreparedCell => ({
    record: { ...about, absent: reason, facts, expected: [] },
    parameters: {},
  });
  const workload = workloadNamed(cell.workload);
  const reason = unusable.get(cell.workload);
  if (reason !== undefined) return absent(reason);
  let { parameters } = cell;
  let facts: CellRecord["facts"] = {};
  if (isPrepared(workload)) {
    mkdirSync(directory, { recursive: true });
    const prepared = await workload.prepare(parameters, { repo, directory, ...(signal ? { signal } : {}) });
    if (prepared.kind === "absent") return absent(prepared.reason, prepared.facts);
    parameters = { ...parameters, ...prepared.parameters };
    ({ facts } = prepared);
    if (known && canonicalJson(known.facts) !== canonicalJson(facts)) throw movedOn(cell, known.facts, facts);
  }
  const expected = known?.expected ?? (await expectations(plan, cell, parameters, options));
  if (typeof expected === "string") return absent(expected, facts);
  const left = skipped.length === 0 ? {} : { skipped };
  return { record: { ...about, facts, expected, ...left }, parameters };
}

function movedOn(cell: Cell, before: CellRecord["facts"], now: CellRecord["facts"]): HarnessError {
  return new HarnessError(
    "RUN_DIRECTORY",
    `Cell ${cell.id} was begun with another input: ${canonicalJson(before)} then, ${canonicalJson(now)} now`,
    "Go on with the same repository at the same commit, or begin a new run.",
  );
}

/** The digest of each length of run in the cell, or why it could not be worked out. */
async function expectations(
  plan: Plan,
  cell: Cell,
  parameters: WorkloadParameters,
  { execute, signal }: PrepareOptions,
): Promise<CellRecord["expected"] | string> {
  const expected: CellRecord["expected"][number][] = [];
  for (const { warmup, operations, timeoutSeconds } of distinctLengths(cell.arms)) {
    const about = {
      kind: "expect",
      cell: cell.id,
      workload: cell.workload,
      parameters,
      seed: plan.seed,
    } as const;
    const answer = await execute({ ...about, warmup, operations, timeoutSeconds }, signal);
    if (answer.kind !== "expected") {
      const why = answer.kind === "failed" ? `${answer.code}: ${answer.message}` : answer.kind;
      return `its final state could not be worked out: ${why}`;
    }
    expected.push({ warmup, operations, stateDigest: answer.stateDigest });
  }
  return expected;
}

function distinctLengths(arms: readonly Arm[]): Arm[] {
  return [...new Map(arms.map((arm) => [`${arm.warmup}+${arm.operations}`, arm])).values()];
}
