/**
 * Whether a task can count. Its oracle must be green as often as it is asked (a test that is green twice and red once
 * would be charged to whoever solved it), and the program as given must be red with tests that ran: a hidden suite
 * that passes without any change measures nothing.
 */
import { TaskError } from "./errors.ts";
import { type Task, isAllowed, isDeprecated } from "./task.ts";
import { oracleChange, programFiles } from "./task-files.ts";
import { type Verification, type VerifyOptions, verifyTask } from "./verify.ts";

const ORACLE_RUNS = 3;

export interface TaskValidation {
  readonly id: string;
  readonly version: number;
  /** `deprecated` tasks are not run; they do not count either. */
  readonly outcome: "valid" | "invalid" | "environment" | "deprecated";
  /** What is wrong, a sentence each; empty when valid. */
  readonly problems: readonly string[];
  readonly runs: readonly (Verification & { readonly program: "oracle" | "no-op" })[];
}

/** Runs both suites with the oracle three times and without it once: eight commands. */
export async function validateTask(
  task: Task,
  options: Pick<VerifyOptions, "limits" | "scratch" | "signal"> = {},
): Promise<TaskValidation> {
  const { id, version } = task;
  if (isDeprecated(task))
    return { id, version, outcome: "deprecated", problems: [task.deprecated?.reason ?? ""], runs: [] };
  const problems: string[] = [];
  const runs: TaskValidation["runs"][number][] = [];
  try {
    const change = oracleChange(task);
    problems.push(...changeProblems(task, change));
    if (problems.length > 0) return { id, version, outcome: "invalid", problems, runs };
    for (const suite of ["visible", "hidden"] as const) {
      for (let run = 1; run <= ORACLE_RUNS; run++) {
        const found = await verifyTask(task, { ...options, suite, change });
        runs.push({ program: "oracle", ...found });
        if (found.outcome !== "green")
          problems.push(`oracle, ${suite} tests, run ${run} of ${ORACLE_RUNS}: ${said(found)}`);
      }
      const given = await verifyTask(task, { ...options, suite });
      runs.push({ program: "no-op", ...given });
      problems.push(...noOpProblems(task, given));
    }
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    problems.push(error.message);
  }
  const environment = runs.some((run) => run.outcome === "environment");
  return {
    id,
    version,
    outcome: environment ? "environment" : problems.length > 0 ? "invalid" : "valid",
    problems,
    runs,
  };
}

function changeProblems(task: Task, change: ReturnType<typeof oracleChange>): string[] {
  const program = programFiles(task);
  const outside = Array.from(change.keys()).filter((path) => !isAllowed(task, path));
  const same = Array.from(change).every(([path, content]) => {
    const given = program.get(path);
    return given !== undefined && content !== null && Buffer.compare(given, content) === 0;
  });
  return [
    ...outside.map((path) => `the oracle changes ${path}, which allowedPaths does not allow`),
    ...(same ? ["the oracle changes nothing"] : []),
  ];
}

/** Red by tests that failed, not by a suite that could not run at all. */
function noOpProblems(task: Task, found: Verification): string[] {
  const { suite } = found;
  const expected = task.noOp[suite];
  if (found.outcome === "timeout" && expected === "red" && found.phase === "tests") return [];
  if (found.outcome !== expected) return [`no-op, ${suite} tests: ${said(found)}; the task says ${expected}`];
  if (expected === "red" && (found.counts?.tests ?? 0) === 0)
    return [`no-op, ${suite} tests: red without evidence that tests ran (${found.reason})`];
  return [];
}

function said({ outcome, reason }: Verification): string {
  return `${outcome} (${reason})`;
}
