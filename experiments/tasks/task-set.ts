/** A named choice of tasks, fixed before anything is measured, with the strata it promises to hold. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePlacedYaml } from "@helios/harness";
import { TaskError } from "./errors.ts";
import { ownTasks } from "./load-tasks.ts";
import type { TaskSize } from "./task.ts";

export interface TaskSet {
  readonly format: "helios-task-set/1";
  readonly id: string;
  readonly title: string;
  /** Ids by size: the strata of the analysis. */
  readonly tasks: Readonly<Record<TaskSize, readonly string[]>>;
}

const SIZES: readonly TaskSize[] = ["one-line", "two-line", "three-line"];

/** The set that phase 0 measures: 30 of the tasks that come along, ten of each size. */
export function phase0Set(): TaskSet {
  return readTaskSet(join(ownTasks, "phase0-set.yaml"));
}

/** TASK_INVALID where the file is not a set, or names a task twice. */
export function readTaskSet(file: string): TaskSet {
  const parsed = parsePlacedYaml(readFileSync(file, "utf8"), file);
  if (parsed.kind === "broken") throw invalid(parsed.messages.join("\n"));
  const set = parsed.value as TaskSet | null;
  if (set?.format !== "helios-task-set/1") throw invalid(`${file}:1:1: format must be helios-task-set/1`);
  const seen = new Set<string>();
  for (const size of SIZES) {
    const ids: unknown = set.tasks?.[size];
    if (!Array.isArray(ids)) throw invalid(`${file}:1:1: tasks must have a list ${size}`);
    for (const [index, id] of ids.entries()) {
      const path = ["tasks", size, index];
      if (typeof id !== "string")
        throw invalid(parsed.messages([{ path, text: "must be a task's id" }]).join());
      if (seen.has(id)) throw invalid(parsed.messages([{ path, text: `${id} is named twice` }]).join());
      seen.add(id);
    }
  }
  return set;
}

function invalid(message: string): TaskError {
  return new TaskError("TASK_INVALID", message, "Correct it; phase0-set.yaml is an example.");
}
