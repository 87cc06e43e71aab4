/**
 * Tasks from any directory: one folder per task with a `task.yaml` in it. Tasks come one by one, so that a pack of
 * thousands needs no more memory than one of three, and what is wrong with one does not stop the others.
 */
import { accessSync, constants, existsSync, opendirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, delimiter, join, resolve, sep } from "node:path";
import { type PlanProblem, parsePlacedYaml, problemsBySchema } from "@helios/harness";
import type { Ajv2020 as Ajv, ValidateFunction } from "ajv/dist/2020.js";
import { TaskError } from "./errors.ts";
import type { Task, TaskFile } from "./task.ts";
import schema from "./task.schema.json" with { type: "json" };

const require = createRequire(import.meta.url);
let validate: ValidateFunction | undefined;

const FILE = "task.yaml";

/** The tasks that come along. */
export const ownTasks: string = import.meta.dirname;

export type LoadedTask =
  | { readonly kind: "task"; readonly task: Task }
  /** It needs a program that is not here: neither green nor red, and counted as skipped. */
  | { readonly kind: "skipped"; readonly task: Task; readonly reason: string }
  | { readonly kind: "broken"; readonly id: string; readonly error: TaskError };

export interface LoadTasksOptions {
  /** Only these; TASK_UNKNOWN where the pack lacks one. */
  readonly ids?: readonly string[];
  /** Where programs are looked for. Default: the environment's PATH. */
  readonly path?: string;
}

/**
 * Yields the tasks of a directory in the order of their names. TASK_PACK when there is no such directory or no task in
 * it.
 */
export function* loadTasks(directory: string, options: LoadTasksOptions = {}): Generator<LoadedTask> {
  const { ids, path = process.env["PATH"] ?? "" } = options;
  const names = taskNames(directory);
  const unknown = ids?.find((id) => !names.includes(id));
  if (unknown !== undefined) {
    const near = names.filter((name) => name.includes(unknown) || unknown.includes(name)).slice(0, 3);
    throw new TaskError(
      "TASK_UNKNOWN",
      `There is no task ${unknown} in ${directory}`,
      near.length > 0 ? `Perhaps ${near.join(" or ")}.` : `Its folders with a ${FILE} are the tasks.`,
    );
  }
  for (const name of names) {
    if (ids !== undefined && !ids.includes(name)) continue;
    yield loadOne(join(directory, name), path);
  }
}

function loadOne(directory: string, path: string): LoadedTask {
  try {
    const task = readTask(directory);
    const missing = programsOf(task).find((program) => !isProgram(program, path, task));
    if (missing === undefined) return { kind: "task", task };
    return { kind: "skipped", task, reason: `there is no ${missing} on this machine` };
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    return { kind: "broken", id: basename(directory), error };
  }
}

/** Folders only; a pack may hold a README, scripts and sets beside its tasks. */
function taskNames(directory: string): string[] {
  const names: string[] = [];
  try {
    const folder = opendirSync(directory);
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      if (existsSync(join(directory, entry.name, FILE))) names.push(entry.name);
      else if (existsSync(join(directory, entry.name, "task.yml"))) names.push(entry.name);
    }
    folder.closeSync();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const what =
      code === "ENOENT" ? "There is no directory" : code === "ENOTDIR" ? "Not a directory:" : `${code} at`;
    throw new TaskError(
      "TASK_PACK",
      `${what} ${directory}`,
      "Give a directory with a folder for each task.",
      {
        cause: error,
      },
    );
  }
  if (names.length === 0) {
    throw new TaskError(
      "TASK_PACK",
      `There are no tasks in ${directory}`,
      `A task is a folder with a ${FILE} in it; experiments/tasks/README.md says how to write or convert one.`,
    );
  }
  return names.sort((a, b) => (a < b ? -1 : 1));
}

/** Reads and checks one task's folder. TASK_INVALID names every problem as `file:line:column: what`. */
export function readTask(directory: string): Task {
  const file = join(directory, FILE);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw invalid([`${file}:1:1: cannot be read (${(error as NodeJS.ErrnoException).code})`], error);
  }
  const parsed = parsePlacedYaml(text, file);
  if (parsed.kind === "broken") throw invalid(parsed.messages);
  const problems = problemsBySchema(validator(), parsed.value, "task");
  if (problems.length > 0) throw invalid(parsed.messages(problems));
  const task = { ...(parsed.value as TaskFile), directory: resolve(directory) };
  const wrong = problemsAround(task);
  if (wrong.length > 0) throw invalid(parsed.messages(wrong));
  return task;
}

function validator(): ValidateFunction {
  if (validate === undefined) {
    const { Ajv2020 } = require("ajv/dist/2020.js") as { Ajv2020: typeof Ajv };
    validate = new Ajv2020({ allErrors: true, verbose: true, strictRequired: false }).compile(schema);
  }
  return validate;
}

/** What a schema cannot see: whether the things named are there and fit together. */
function problemsAround(task: Task): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const name = basename(task.directory);
  if (task.id !== name) problems.push({ path: ["id"], text: `id is "${task.id}", its folder "${name}"` });
  const wanted: (readonly [path: readonly string[], relative: string, kind: "folder" | "file"])[] = [
    [["files"], task.files ?? "files", "folder"],
    [["visible", "directory"], task.visible.directory, "folder"],
    [["hidden", "directory"], task.hidden.directory, "folder"],
    task.oracle.directory === undefined
      ? [["oracle", "diff"], task.oracle.diff as string, "file"]
      : [["oracle", "directory"], task.oracle.directory, "folder"],
  ];
  for (const [path, relative, kind] of wanted) {
    const stat = statSync(join(task.directory, relative), { throwIfNoEntry: false });
    if (kind === "folder" ? !stat?.isDirectory() : !stat?.isFile())
      problems.push({ path, text: `there is no ${kind} ${relative} in the task's folder` });
    else if (kind === "folder" && readdirSync(join(task.directory, relative)).length === 0)
      problems.push({ path, text: `the folder ${relative} is empty` });
  }
  for (const suite of ["visible", "hidden"] as const) {
    const { pattern } = task[suite].evidence;
    const wrong = pattern === undefined ? undefined : patternProblem(pattern);
    if (wrong) problems.push({ path: [suite, "evidence", "pattern"], text: wrong });
  }
  return problems;
}

function patternProblem(pattern: string): string | undefined {
  try {
    void new RegExp(pattern, "gmu");
  } catch (error) {
    return (error as Error).message;
  }
  if (/\(\?<(tests|passed)>/.test(pattern)) return undefined;
  return "the pattern needs a named group: (?<tests>...) or (?<passed>...)";
}

function programsOf(task: Task): string[] {
  return [task.setup?.command, task.visible.command, task.hidden.command].flatMap(
    (command) => command?.slice(0, 1) ?? [],
  );
}

/** Node is always here: this process is one. A path with a slash is looked for where the command will run. */
function isProgram(program: string, path: string, task: Task): boolean {
  if (program === "node") return true;
  const folders = program.includes(sep)
    ? [task.files ?? "files", task.visible.directory, task.hidden.directory].map((each) =>
        join(task.directory, each),
      )
    : path.split(delimiter);
  return folders.some((folder) => {
    try {
      const file = resolve(folder, program);
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}

function invalid(problems: readonly string[], cause?: unknown): TaskError {
  return new TaskError(
    "TASK_INVALID",
    problems.join("\n"),
    "Correct the places named; experiments/tasks/task.schema.json says what each key means.",
    cause === undefined ? undefined : { cause },
  );
}
