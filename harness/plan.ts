/**
 * A plan says before the run what will be measured and how it will be judged. Its hash is in every report, so
 * a verdict cannot be fitted to its data afterwards.
 */
import { createHash } from "node:crypto";
import { HarnessError } from "./errors.ts";
import type { DurabilityClass } from "./subject.ts";
import type { WorkloadParameters } from "./workload.ts";

/** One comparison: the same workload, parameters and class for every arm. */
export interface Cell {
  /** e.g. `edits-100000`; unique in the plan, used in file names. */
  readonly id: string;
  readonly workload: string;
  readonly parameters: WorkloadParameters;
  readonly durability: DurabilityClass;
  readonly arms: readonly Arm[];
  /** What the cell is for; a gate reads only cells that declared it. */
  readonly purpose: readonly ("latency" | "io" | "context")[];
}

export interface Arm {
  /** e.g. `helios`, `helios-again` (the A/A arm), `git`; unique in the cell. */
  readonly id: string;
  readonly subject: string;
  /** Process runs of this arm. */
  readonly runs: number;
  /** Commits not counted, then commits timed, in each run. */
  readonly warmup: number;
  readonly operations: number;
  /** Ends the run's process group; the run is then recorded as `timeout`. */
  readonly timeoutSeconds: number;
}

export interface GateLines {
  readonly gate: string;
  /** What must hold for GO and what makes NO-GO; the numbers mean what the gate's docstring says. */
  readonly go: number;
  readonly noGo: number;
  readonly required: boolean;
}

export interface Plan {
  readonly format: "helios-plan/1";
  readonly id: string;
  readonly title: string;
  /** A quick plan can say NO-GO, never GO. */
  readonly canGo: boolean;
  readonly seed: number;
  readonly cells: readonly Cell[];
  readonly gates: readonly GateLines[];
}

/** JSON with sorted keys and no spaces: equal values, equal bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** `sha256:<hex>` of the plan's canonical JSON. */
export function planHash(plan: Plan): string {
  return `sha256:${createHash("sha256").update(canonicalJson(plan)).digest("hex")}`;
}

/** What a plan may refer to; a list that is not given is not checked. */
export interface KnownNames {
  readonly subjects?: readonly string[];
  readonly workloads?: readonly string[];
  readonly gates?: readonly string[];
}

const MOST_PROBLEMS_SHOWN = 8;

/**
 * Checks a value that claims to be a plan and returns it, or throws PLAN_INVALID naming every problem with its
 * place (`cells[2].arms[0].runs`). Unknown keys are refused: a misspelt key would otherwise be a silent default.
 */
export function parsePlan(value: unknown, known: KnownNames = {}): Plan {
  const check = new PlanChecker();
  check.plan(value, known);
  if (check.problems.length === 0) return value as Plan;
  const shown = check.problems.slice(0, MOST_PROBLEMS_SHOWN);
  const more = check.problems.length - shown.length;
  throw new HarnessError(
    "PLAN_INVALID",
    `The plan has ${check.problems.length} problem(s):\n${shown.map((problem) => `  ${problem}`).join("\n")}` +
      (more > 0 ? `\n  and ${more} more` : ""),
    "Correct the places named and run again; harness/plan.ts says what each key means.",
  );
}

type Fields = Record<string, unknown>;

/** Collects problems instead of stopping at the first, so that one look at the message is enough. */
class PlanChecker {
  readonly problems: string[] = [];

  plan(value: unknown, known: KnownNames): void {
    const keys = ["format", "id", "title", "canGo", "seed", "cells", "gates"];
    const plan = this.#object(value, "plan", keys);
    if (!plan) return;
    if (plan["format"] !== "helios-plan/1") this.#refuse("format", '"helios-plan/1"', plan["format"]);
    this.#name(plan["id"], "id");
    if (typeof plan["title"] !== "string") this.#refuse("title", "a text", plan["title"]);
    if (typeof plan["canGo"] !== "boolean") this.#refuse("canGo", "true or false", plan["canGo"]);
    this.#whole(plan["seed"], "seed", 0);
    const cells = this.#list(plan["cells"], "cells", 1);
    cells.forEach((cell, i) => this.#cell(cell, `cells[${i}]`, known));
    this.#unique(cells, "cells", "id");
    const gates = this.#list(plan["gates"], "gates", 1);
    gates.forEach((gate, i) => this.#gate(gate, `gates[${i}]`, known));
    this.#unique(gates, "gates", "gate");
  }

  #cell(value: unknown, at: string, known: KnownNames): void {
    const cell = this.#object(value, at, ["id", "workload", "parameters", "durability", "arms", "purpose"]);
    if (!cell) return;
    this.#name(cell["id"], `${at}.id`);
    this.#oneOf(cell["workload"], `${at}.workload`, known.workloads);
    this.#oneOf(cell["durability"], `${at}.durability`, ["memory", "process", "power"]);
    const parameters = this.#object(cell["parameters"], `${at}.parameters`);
    for (const [name, parameter] of Object.entries(parameters ?? {})) {
      if (typeof parameter !== "string" && !Number.isFinite(parameter)) {
        this.#refuse(`${at}.parameters.${name}`, "a text or a finite number", parameter);
      }
    }
    const purposes = this.#list(cell["purpose"], `${at}.purpose`, 1);
    purposes.forEach((purpose, i) =>
      this.#oneOf(purpose, `${at}.purpose[${i}]`, ["latency", "io", "context"]),
    );
    const arms = this.#list(cell["arms"], `${at}.arms`, 1);
    arms.forEach((arm, i) => this.#arm(arm, `${at}.arms[${i}]`, known));
    this.#unique(arms, `${at}.arms`, "id");
  }

  #arm(value: unknown, at: string, known: KnownNames): void {
    const keys = ["id", "subject", "runs", "warmup", "operations", "timeoutSeconds"];
    const arm = this.#object(value, at, keys);
    if (!arm) return;
    this.#name(arm["id"], `${at}.id`);
    this.#oneOf(arm["subject"], `${at}.subject`, known.subjects);
    this.#whole(arm["runs"], `${at}.runs`, 1);
    this.#whole(arm["warmup"], `${at}.warmup`, 0);
    this.#whole(arm["operations"], `${at}.operations`, 1);
    const seconds = arm["timeoutSeconds"];
    if (typeof seconds !== "number" || !(seconds > 0)) {
      this.#refuse(`${at}.timeoutSeconds`, "seconds above 0", seconds);
    }
  }

  #gate(value: unknown, at: string, known: KnownNames): void {
    const gate = this.#object(value, at, ["gate", "go", "noGo", "required"]);
    if (!gate) return;
    this.#oneOf(gate["gate"], `${at}.gate`, known.gates);
    for (const line of ["go", "noGo"]) {
      if (!Number.isFinite(gate[line])) this.#refuse(`${at}.${line}`, "a finite number", gate[line]);
    }
    if (typeof gate["required"] !== "boolean")
      this.#refuse(`${at}.required`, "true or false", gate["required"]);
  }

  #object(value: unknown, at: string, keys?: readonly string[]): Fields | undefined {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.#refuse(at, "an object", value);
      return undefined;
    }
    for (const key of Object.keys(value)) {
      if (keys && !keys.includes(key))
        this.problems.push(`${at} has an unknown key "${key}"; known: ${keys.join(", ")}`);
    }
    for (const key of keys ?? []) if (!(key in value)) this.problems.push(`${at} lacks "${key}"`);
    return value as Fields;
  }

  #list(value: unknown, at: string, least: number): readonly unknown[] {
    if (Array.isArray(value) && value.length >= least) return value as unknown[];
    this.#refuse(at, `a list of at least ${least}`, value);
    return [];
  }

  #name(value: unknown, at: string): void {
    if (typeof value === "string" && /^[a-z0-9][a-z0-9-]{0,63}$/.test(value)) return;
    this.#refuse(
      at,
      "a name of lower-case letters, digits and hyphens (it becomes part of file names)",
      value,
    );
  }

  #whole(value: unknown, at: string, least: number): void {
    if (!Number.isSafeInteger(value) || (value as number) < least) {
      this.#refuse(at, `a whole number of at least ${least}`, value);
    }
  }

  #oneOf(value: unknown, at: string, allowed: readonly string[] | undefined): void {
    if (typeof value !== "string") this.#refuse(at, "a name", value);
    else if (allowed && !allowed.includes(value)) this.#refuse(at, `one of ${allowed.join(", ")}`, value);
  }

  #unique(items: readonly unknown[], at: string, key: string): void {
    const seen = new Set<unknown>();
    for (const item of items) {
      const name = (item as Fields | null)?.[key];
      if (typeof name === "string" && seen.has(name)) this.problems.push(`${at} names "${name}" twice`);
      seen.add(name);
    }
  }

  #refuse(at: string, wanted: string, value: unknown): void {
    // A missing key was already reported by its object.
    if (value === undefined) return;
    this.problems.push(`${at} must be ${wanted}, is ${JSON.stringify(value)?.slice(0, 60)}`);
  }
}
