/** The harness's one door: how to measure any subject. It knows none. */
export * from "./child-process.ts";
export * from "./clock.ts";
export * from "./comparison.ts";
export * from "./environment.ts";
export * from "./errors.ts";
export * from "./failure.ts";
export * from "./history.ts";
export * from "./io-accounting.ts";
export * from "./job.ts";
export * from "./plan.ts";
export * from "./plan-file.ts";
export { parsePlacedYaml, type PlacedYaml } from "./placed-yaml.ts";
export { nearestName, type PlanProblem } from "./plan-problem.ts";
export type * from "./progress.ts";
export * from "./quiet-machine.ts";
export * from "./random.ts";
export * from "./read-run-directory.ts";
export { ReferenceSession } from "./reference-session.ts";
export type * from "./results.ts";
export {
  appendEvent,
  createRunDirectory,
  type Manifest,
  sealRunDirectory,
  SHARD,
  writeEvidence,
  writeJson,
  writeRunRecord,
  writeSamples,
} from "./run-directory.ts";
export { type MeasureOptions, expectState, measureRun } from "./run-session.ts";
export * from "./runner.ts";
export * from "./schedule.ts";
export { problemsBySchema } from "./schema-problems.ts";
export { type WorkOnJob, serveJob } from "./serve-job.ts";
export * from "./statistics/index.ts";
export { subjectSuite } from "./subject.suite.ts";
export * from "./shard.ts";
export type * from "./subject.ts";
export type * from "./test-functions.ts";
export { type WorkloadSuiteOptions, workloadSuite } from "./workload.suite.ts";
export type * from "./workload.ts";
