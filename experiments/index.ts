/** The one door of what is measured. */
export { type CoverageNumbers, collectCoverage } from "./coverage.ts";
export * from "./design/index.ts";
export * from "./evidence/index.ts";
export { gitVersion } from "./git-command.ts";
export { historyEntryOf } from "./history-entry.ts";
export * from "./paired/paired-plan.ts";
export * from "./paired/revisions.ts";
export * from "./plans/index.ts";
export * from "./run-validation.ts";
export * from "./subjects/index.ts";
export * from "./tasks/index.ts";
export * from "./workloads/index.ts";
export { heliosVersion, sourceRoot } from "./version.ts";
// A validation is finished by whoever adds the guards' evidence, so these are handed on.
export { sealRunDirectory, writeEvidence } from "@helios/harness";
