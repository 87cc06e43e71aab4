/**
 * A plan as people write it: a YAML file (JSON is YAML too), with every mistake named by line and column. Anchors
 * and merge keys save repetition; keys that begin with `x-` may hold them and are no part of the plan. What is hashed
 * is the plan's value, so comments, order and notation move nothing.
 */
import { readFileSync } from "node:fs";
import { HarnessError } from "./errors.ts";
import { parsePlacedYaml } from "./placed-yaml.ts";
import { type KnownNames, type Plan, planInvalid, planProblems } from "./plan.ts";

/** Reads and checks a plan file. PLAN_INVALID names each problem as `file:line:column: what`. */
export function readPlanFile(file: string, known: KnownNames = {}): Plan {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = code === "ENOENT" ? `There is no file ${file}` : `Cannot read ${file}: ${code}`;
    throw new HarnessError(
      "PLAN_INVALID",
      message,
      "Give a plan file; `benchmark list` names the plans that come along.",
      {
        cause: error,
      },
    );
  }
  return parsePlanText(text, file, known);
}

/** The same for text at hand; `file` is used in messages only. */
export function parsePlanText(text: string, file: string, known: KnownNames = {}): Plan {
  const parsed = parsePlacedYaml(text, file);
  const remedy = "Correct the places named and run again; harness/plan.schema.json says what each key means.";
  if (parsed.kind === "broken") throw planInvalid(parsed.messages, remedy);
  const problems = planProblems(parsed.value, known);
  if (problems.length === 0) return parsed.value as Plan;
  throw planInvalid(parsed.messages(problems), remedy);
}
