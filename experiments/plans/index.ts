/**
 * The plans that come along, by hand: a plan is a YAML file here and its name in this list. They are read when asked
 * for, from beside this file, in the sources as in what is built from them.
 */
import { fileURLToPath } from "node:url";
import { HarnessError, type Plan, nearestName, readPlanFile } from "@helios/harness";
import { subjects } from "../subjects/index.ts";
import { workloads } from "../workloads/index.ts";

export const planNames = ["phase0", "phase0-quick", "peers", "example-command"] as const;

/** Gates are the judge's and come from there; without them a plan's gates are not checked. */
export interface PlanContext {
  readonly gates?: readonly string[];
}

/** One of the plans that come along, or the plan in a file. PLAN_INVALID names each problem by line and column. */
export function loadPlan(nameOrFile: string, { gates }: PlanContext = {}): Plan {
  const known = {
    subjects: subjects.map(({ id }) => id),
    workloads: workloads.map(({ id }) => id),
    ...(gates ? { gates } : {}),
  };
  if ((planNames as readonly string[]).includes(nameOrFile)) return readPlanFile(planFile(nameOrFile), known);
  if (/[/\\.]/.test(nameOrFile)) return readPlanFile(nameOrFile, known);
  const near = nearestName(nameOrFile, planNames);
  throw new HarnessError(
    "PLAN_INVALID",
    `There is no plan "${nameOrFile}"${near === undefined ? "" : `; did you mean "${near}"?`}`,
    `Known: ${planNames.join(", ")}. A plan of your own is named by its file, e.g. ./${nameOrFile}.yaml.`,
  );
}

/** Where the text of a plan lies that comes along: a start for one's own. */
export function planFile(name: string): string {
  return fileURLToPath(new URL(`${name}.yaml`, import.meta.url));
}
