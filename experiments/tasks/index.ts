/** Development tasks: their format, loading, running and validating. */
export * from "./contained-process.ts";
export * from "./errors.ts";
export * from "./load-tasks.ts";
export * from "./task.ts";
export { oracleChange, programFiles, writeProgram, writeSuite } from "./task-files.ts";
export * from "./task-set.ts";
export { type TestCounts, countsIn } from "./test-evidence.ts";
export { applyUnifiedDiff, type ReadFile } from "./unified-diff.ts";
export * from "./validate-task.ts";
export * from "./verify.ts";
