/** The inner end of a run: takes one job from the runner, works it off, answers, and lets the process end. */
import { HarnessError } from "./errors.ts";
import type { Job, JobAnswer, PhaseReport } from "./job.ts";
import type { RunPhase } from "./results.ts";

export type WorkOnJob = (job: Job, onPhase: (phase: RunPhase) => void) => Promise<JobAnswer>;

/** Called once by the entry module of a run's process. If the runner goes away the process ends itself with all it started. */
export function serveJob(work: WorkOnJob): void {
  const endWithRunner = (): void => {
    process.kill(-process.pid, "SIGKILL");
  };
  process.once("disconnect", endWithRunner);
  process.once("message", (job: Job) => {
    void answer(job);
  });

  async function answer(job: Job): Promise<void> {
    const onPhase = (phase: RunPhase): void => {
      process.send?.({ kind: "phase", phase } satisfies PhaseReport);
    };
    const said = await work(job, onPhase).catch((error: unknown) => failedAnswer(error));
    process.send?.(said, () => {
      process.off("disconnect", endWithRunner);
      process.disconnect();
      // A subject that left a timer or a handle open must not keep the run from ending.
      process.exit(0);
    });
  }
}

function failedAnswer(error: unknown): JobAnswer {
  const code = (error as { code?: unknown } | null)?.code;
  const message = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof HarnessError ? ` ${error.remedy}` : "";
  return { kind: "failed", code: typeof code === "string" ? code : "RUN_FAILED", message: message + remedy };
}
