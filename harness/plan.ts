/**
 * A plan says before the run what will be measured and how it will be judged. Its hash is in every report, so
 * a verdict cannot be fitted to its data afterwards.
 */
import { createHash } from "node:crypto";
import { HarnessError } from "./errors.ts";
import { schemaProblems } from "./plan-schema.ts";
import { type PlanProblem, placeOf, withSuggestion } from "./plan-problem.ts";
import type { DurabilityClass, SubjectOptions } from "./subject.ts";
import type { WorkloadParameters } from "./workload.ts";

/** One comparison: the same workload, parameters and class for every arm. */
export interface Cell {
  /** e.g. `edits-100000`; unique in the plan, used in file names. */
  readonly id: string;
  readonly workload: string;
  readonly parameters: WorkloadParameters;
  readonly durability: DurabilityClass;
  readonly arms: readonly Arm[];
  /** What the cell is for; a gate reads only cells that declared it. */
  readonly purpose: readonly ("latency" | "io" | "context")[];
}

export interface Arm {
  /** e.g. `helios`, `helios-again` (the A/A arm), `git`; unique in the cell. */
  readonly id: string;
  readonly subject: string;
  /** Process runs of this arm. */
  readonly runs: number;
  /** Commits not counted, then commits timed, in each run. */
  readonly warmup: number;
  readonly operations: number;
  /** Ends the run's process group; the run is then recorded as `timeout`. */
  readonly timeoutSeconds: number;
  /** Declared estimate of one run, for the design report as long as nothing was measured. */
  readonly expectedSeconds?: number;
  /** Of the subject; only `command` has any so far. */
  readonly options?: SubjectOptions;
  /** Commit of this project whose code the arm runs, or `worktree`; without it the code that carries out the plan. */
  readonly revision?: string;
  /** Added to the environment of the run's process. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

export interface GateLines {
  readonly gate: string;
  /** What must hold for GO and what makes NO-GO; the numbers mean what the gate's docstring says. */
  readonly go: number;
  readonly noGo: number;
  readonly required: boolean;
}

export interface Plan {
  readonly format: "helios-plan/1";
  readonly id: string;
  readonly title: string;
  /** A quick plan can say NO-GO, never GO. */
  readonly canGo: boolean;
  readonly seed: number;
  /** Repetitions of a run that failed for a reason of its environment; {@link RETRIES} where not given. */
  readonly retries?: number;
  /** Seconds that latency runs together may wait for a quiet machine; see {@link quietWaitSecondsOf}. */
  readonly quietWaitSeconds?: number;
  readonly cells: readonly Cell[];
  readonly gates: readonly GateLines[];
}

export const RETRIES = 2;
/** A plan that cannot say GO is for a quick look, and shall not spend it on waiting. */
export const QUIET_WAIT_SECONDS = { canGo: 30, otherwise: 5 } as const;

export function quietWaitSecondsOf(plan: Plan): number {
  return plan.quietWaitSeconds ?? (plan.canGo ? QUIET_WAIT_SECONDS.canGo : QUIET_WAIT_SECONDS.otherwise);
}

/** JSON with sorted keys and no spaces: equal values, equal bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** `sha256:<hex>` of the plan's canonical JSON. */
export function planHash(plan: Plan): string {
  return `sha256:${createHash("sha256").update(canonicalJson(plan)).digest("hex")}`;
}

/** What a plan may refer to; a list that is not given is not checked. */
export interface KnownNames {
  readonly subjects?: readonly string[];
  readonly workloads?: readonly string[];
  readonly gates?: readonly string[];
}

/**
 * Checks a value that claims to be a plan and returns it, or throws PLAN_INVALID naming every problem with its
 * place (`cells[2].arms[0].runs`). Unknown keys are refused: a misspelt key would otherwise be a silent default.
 */
export function parsePlan(value: unknown, known: KnownNames = {}): Plan {
  const problems = planProblems(value, known);
  if (problems.length === 0) return value as Plan;
  throw planInvalid(
    problems.map(({ text }) => text),
    "Correct the places named and run again; harness/plan.schema.json says what each key means.",
  );
}

const MOST_PROBLEMS_SHOWN = 8;

export function planInvalid(problems: readonly string[], remedy: string): HarnessError {
  const shown = problems.slice(0, MOST_PROBLEMS_SHOWN).map((problem) => `  ${problem}`);
  const more = problems.length - shown.length;
  const message = [
    `The plan has ${problems.length} problem(s):`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
  return new HarnessError("PLAN_INVALID", message.join("\n"), remedy);
}

/** Everything wrong with a value that claims to be a plan: its form by the schema, then what no schema can say. */
export function planProblems(value: unknown, known: KnownNames = {}): PlanProblem[] {
  const problems = schemaProblems(value);
  return problems.length > 0 ? problems : referenceProblems(value as Plan, known);
}

/** Names used twice, and names that nobody knows. */
function referenceProblems(plan: Plan, known: KnownNames): PlanProblem[] {
  const unique = (path: PlanProblem["path"], key: string, names: readonly string[]): PlanProblem[] =>
    names.flatMap((name, i) =>
      names.indexOf(name) === i
        ? []
        : [{ path: [...path, i, key], text: `${placeOf(path)} names "${name}" twice` }],
    );
  const oneOf = (path: PlanProblem["path"], name: string, allowed: readonly string[] | undefined) =>
    allowed === undefined || allowed.includes(name)
      ? []
      : [
          {
            path,
            text: withSuggestion(
              `${placeOf(path)} must be one of ${allowed.join(", ")}, is "${name}"`,
              name,
              allowed,
            ),
          },
        ];
  return [
    ...unique(
      ["cells"],
      "id",
      plan.cells.map(({ id }) => id),
    ),
    ...plan.cells.flatMap((cell, i) => [
      ...oneOf(["cells", i, "workload"], cell.workload, known.workloads),
      ...unique(
        ["cells", i, "arms"],
        "id",
        cell.arms.map(({ id }) => id),
      ),
      ...cell.arms.flatMap((arm, j) =>
        oneOf(["cells", i, "arms", j, "subject"], arm.subject, known.subjects),
      ),
    ]),
    ...unique(
      ["gates"],
      "gate",
      plan.gates.map(({ gate }) => gate),
    ),
    ...plan.gates.flatMap(({ gate }, i) => oneOf(["gates", i, "gate"], gate, known.gates)),
  ];
}
