/** The process of one run: it finds subject and workload by name, works off one job, and ends. */
import { expectState, measureRun, serveJob } from "@helios/harness";
import { subjectNamed } from "./subjects/index.ts";
import { workloadNamed } from "./workloads/index.ts";

serveJob((job, onPhase) => {
  const workload = workloadNamed(job.workload);
  return job.kind === "expect"
    ? expectState(job, workload)
    : measureRun(job, subjectNamed(job.subject), workload, { onPhase });
});
