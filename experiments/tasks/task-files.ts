/** The files of a task: the program as given, its change by the oracle, and a clean directory with both in it. */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { TaskError } from "./errors.ts";
import { type Change, type SuiteName, type Task, isAllowed } from "./task.ts";
import { applyUnifiedDiff } from "./unified-diff.ts";

/** The program as it is given: contents by path, in the order of the paths. */
export function programFiles(task: Task): Map<string, Uint8Array> {
  return filesBelow(join(task.directory, task.files ?? "files"));
}

/** The change that solves the task. TASK_CHANGE where its diff does not fit. */
export function oracleChange(task: Task): Change {
  const { directory, diff } = task.oracle;
  if (directory !== undefined) return filesBelow(join(task.directory, directory));
  const file = join(task.directory, diff ?? "");
  const program = programFiles(task);
  const read = (path: string): string | undefined => {
    const content = program.get(path);
    return content === undefined ? undefined : Buffer.from(content).toString();
  };
  const changed = applyUnifiedDiff(readFileSync(file, "utf8"), read, file);
  return new Map(Array.from(changed, ([path, text]) => [path, text === null ? null : Buffer.from(text)]));
}

/**
 * Writes the program with `change` into the empty directory `to`. TASK_CHANGE for a path the task does not allow;
 * nothing is written outside of `to`.
 */
export function writeProgram(task: Task, change: Change, to: string): void {
  for (const path of change.keys()) {
    const parts = path.split("/");
    if (!isAllowed(task, path) || parts.some((part) => part === "" || part === "." || part === "..")) {
      throw new TaskError(
        "TASK_CHANGE",
        `A change to ${path} is not allowed in task ${task.id}`,
        `Change only ${task.allowedPaths.join(", ")}.`,
      );
    }
  }
  cpSync(join(task.directory, task.files ?? "files"), to, { recursive: true });
  for (const [path, content] of change) {
    const file = join(to, path);
    if (content === null) rmSync(file, { force: true });
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
}

/** Puts a suite's files over the program's, so that no change can replace a test. */
export function writeSuite(task: Task, suite: SuiteName, to: string): void {
  cpSync(join(task.directory, task[suite].directory), to, { recursive: true, force: true });
}

function filesBelow(directory: string): Map<string, Uint8Array> {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort((a, b) => (a < b ? -1 : 1));
  return new Map(paths.map((path) => [path.split(sep).join("/"), readFileSync(join(directory, path))]));
}
