/** What Ajv finds, in messages for people, with the place as a path of keys that a reader of YAML can find again. */
import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { type PlanProblem, placeOf, withSuggestion } from "./plan-problem.ts";

/**
 * Empty when `value` is as the schema wants it. `whole` names the value in messages about all of it. The validator must
 * be compiled with `allErrors` and `verbose`.
 */
export function problemsBySchema(validate: ValidateFunction, value: unknown, whole: string): PlanProblem[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => problemFrom(error, value, whole));
}

function problemFrom(error: ErrorObject, value: unknown, whole: string): PlanProblem {
  const path = pathOf(error.instancePath, value);
  const params = error.params as Record<string, string>;
  const at = path.length === 0 ? whole : placeOf(path);
  switch (error.keyword) {
    case "required":
      return { path, text: `${at} lacks "${params["missingProperty"]}"` };
    case "additionalProperties": {
      const key = params["additionalProperty"] as string;
      const known = Object.keys((error.parentSchema as Schema).properties ?? {});
      return {
        path,
        key,
        text: withSuggestion(`${at} has an unknown key "${key}"; known: ${known.join(", ")}`, key, known),
      };
    }
    default: {
      const wanted = wantedBy(error.parentSchema as Schema, path.at(-1));
      const text = `${at} must be ${wanted}, is ${JSON.stringify(error.data) ?? "missing"}`;
      const allowed = (error.parentSchema as Schema).enum;
      return {
        path,
        text: typeof error.data === "string" && allowed ? withSuggestion(text, error.data, allowed) : text,
      };
    }
  }
}

/** The parts of a schema that say what is wanted. */
interface Schema {
  /** What is wanted, in words, where the other parts cannot say it. */
  readonly $comment?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
}

function wantedBy(wanted: Schema, key: string | number | undefined): string {
  if (wanted.$comment !== undefined) return wanted.$comment;
  if (wanted.const !== undefined) return JSON.stringify(wanted.const);
  if (wanted.enum) return `one of ${wanted.enum.join(", ")}`;
  if (Array.isArray(wanted.type)) return "a text or a finite number";
  switch (wanted.type) {
    case "integer":
      return `a whole number of at least ${wanted.minimum}`;
    case "number":
      return numberWanted(wanted, key);
    case "boolean":
      return "true or false";
    case "array":
      return wanted.minItems === undefined ? "a list" : `a list of at least ${wanted.minItems}`;
    case "object":
      return "an object";
    default:
      if (wanted.pattern === undefined) return "a text";
      return key === "revision"
        ? 'a commit of 40 hexadecimal digits, or "worktree"'
        : "a name of lower-case letters, digits and hyphens (it becomes part of file names)";
  }
}

function numberWanted(wanted: Schema, key: string | number | undefined): string {
  const what = String(key).endsWith("Seconds") ? "seconds" : "a finite number";
  if (wanted.exclusiveMinimum !== undefined) return `${what} above ${wanted.exclusiveMinimum}`;
  return wanted.minimum === undefined ? what : `${what} of at least ${wanted.minimum}`;
}

/** A JSON pointer as keys and indexes; which of the two a number is, the value itself says. */
function pathOf(pointer: string, value: unknown): (string | number)[] {
  const path: (string | number)[] = [];
  let at = value;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(at) ? Number(key) : key);
    at = (at as Record<string, unknown>)[key];
  }
  return path;
}
