/**
 * A plan's form, checked against the published schema (`plan.schema.json`), with messages for people instead of a
 * validator's. Ajv is loaded when the first plan is checked: it takes 0.2 s, and the process of a run, which comes
 * through the same door, never checks one.
 */
import type * as Ajv from "ajv/dist/2020.js";
import { createRequire } from "node:module";
import type { ValidateFunction } from "ajv/dist/2020.js";
import type { PlanProblem } from "./plan-problem.ts";
import { problemsBySchema } from "./schema-problems.ts";
import schema from "./plan.schema.json" with { type: "json" };

const require = createRequire(import.meta.url);
let validate: ValidateFunction | undefined;

export function schemaProblems(value: unknown): PlanProblem[] {
  if (validate === undefined) {
    const { Ajv2020 } = require("ajv/dist/2020.js") as typeof Ajv;
    validate = new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true }).compile(schema);
  }
  return problemsBySchema(validate, value, "plan");
}
