/**
 * A plan that measures two variants of the same arms in one job: two revisions of the code, or two configurations. The
 * runs of both take turns, so whatever the machine does it does to both; a third arm repeats the first variant, so
 * that what is only noise is known.
 */
import { readFileSync } from "node:fs";
import { type Arm, type Cell, HarnessError, type Plan, type SubjectOptions } from "@helios/harness";
import { parse } from "yaml";
import { MEASURED_SUBJECT } from "../evidence/cell-views.ts";

/** What makes one side different from the other. */
export interface Variant {
  /** For people: a revision as they named it, a file. */
  readonly label: string;
  readonly revision?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
  readonly options?: SubjectOptions;
}

export interface PairedPlanOptions {
  readonly subject?: string;
  /** Of each arm; without it those of the plan. */
  readonly runs?: number;
  /** Without the A/A arm a third of the time is saved, and noise is not known. */
  readonly selfCheck?: boolean;
}

/**
 * From each cell of `plan` one arm of the subject for each length, once for every variant. Gates are left out: nothing
 * is judged but the difference. PLAN_INVALID where the plan has no such arm.
 */
export function pairedPlan(plan: Plan, a: Variant, b: Variant, options: PairedPlanOptions = {}): Plan {
  const { subject = MEASURED_SUBJECT, selfCheck = true } = options;
  const cells = plan.cells.flatMap((cell): Cell[] => {
    const lengths = new Map<string, Arm>();
    for (const arm of cell.arms) {
      const length = `${arm.warmup}+${arm.operations}`;
      if (arm.subject === subject && !lengths.has(length)) lengths.set(length, arm);
    }
    const arms = [...lengths.values()].flatMap((arm) => [
      variantOf(arm, "a", a, options),
      variantOf(arm, "b", b, options),
      ...(selfCheck ? [variantOf(arm, "a-again", a, options)] : []),
    ]);
    return arms.length === 0 ? [] : [{ ...cell, arms }];
  });
  if (cells.length === 0) {
    throw new HarnessError(
      "PLAN_INVALID",
      `Plan ${plan.id} has no arm of ${subject} to compare`,
      "Give a plan with such an arm, or name another subject.",
    );
  }
  const title = `${plan.title}: ${a.label} against ${b.label}`;
  return { ...plan, id: `compare-${plan.id}`.slice(0, 64), title, canGo: false, cells, gates: [] };
}

function variantOf(arm: Arm, suffix: string, variant: Variant, { runs }: PairedPlanOptions): Arm {
  const { revision, environment, nodeArguments, options } = variant;
  return {
    ...arm,
    id: `${arm.id}-${suffix}`,
    ...(runs === undefined ? {} : { runs }),
    ...(revision === undefined ? {} : { revision }),
    ...(environment ? { environment: { ...arm.environment, ...environment } } : {}),
    ...(nodeArguments ? { nodeArguments: [...(arm.nodeArguments ?? []), ...nodeArguments] } : {}),
    ...(options ? { options: { ...arm.options, ...options } } : {}),
  };
}

/** The pairs of arms of a paired plan, by cell: `x-a` and `x-b`. */
export function pairsOf(plan: Plan): { cell: string; a: string; b: string }[] {
  return plan.cells.flatMap((cell) =>
    cell.arms.flatMap(({ id }) => {
      const a = id.endsWith("-a") ? id : undefined;
      const b = a === undefined ? undefined : `${a.slice(0, -1)}b`;
      return a !== undefined && b !== undefined && cell.arms.some((arm) => arm.id === b)
        ? [{ cell: cell.id, a, b }]
        : [];
    }),
  );
}

const CONFIGURATION_KEYS = ["environment", "nodeArguments", "options"];

/**
 * A configuration as people write it: a YAML file with `environment` (names and values), `nodeArguments` (a list) or
 * `options` of the subject. PLAN_INVALID names what is wrong with it.
 */
export function readConfiguration(file: string): Variant {
  const refuse = (what: string): never => {
    throw new HarnessError(
      "PLAN_INVALID",
      `${file}: ${what}`,
      'A configuration is a YAML file such as `environment: { NAME: "value" }` or `nodeArguments: [--jitless]`.',
    );
  };
  let value: unknown;
  try {
    value = parse(readFileSync(file, "utf8"));
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse("is no map");
  const { environment, nodeArguments, options, ...unknown } = value as Record<string, unknown>;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined)
    return refuse(`has an unknown key "${stranger}"; known: ${CONFIGURATION_KEYS.join(", ")}`);
  if (environment !== undefined && !isMapOfTexts(environment))
    return refuse("environment must be names with texts; write numbers in quotes");
  if (nodeArguments !== undefined && !(Array.isArray(nodeArguments) && nodeArguments.every(isText)))
    return refuse("nodeArguments must be a list of texts");
  if (options !== undefined && (typeof options !== "object" || options === null || Array.isArray(options)))
    return refuse("options must be a map");
  return { label: file, ...(value as Omit<Variant, "label">) };
}

function isMapOfTexts(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(isText)
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
