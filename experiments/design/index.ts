/**
 * The design report: what a plan will do, how long it will take, what each gate needs and what the comparisons can
 * show. It is made from the plan and from earlier runs on this machine, before anything runs, and is stored in the run
 * directory, so that nobody can say afterwards what should have been asked.
 */
import {
  type Arm,
  type Cell,
  type DurabilityClass,
  type EarlierRuns,
  type HistoryEntry,
  type Plan,
  type WorkloadParameters,
  earlierRuns,
  minimumDetectableRatio,
  planHash,
  seriesKey,
} from "@helios/harness";
import { CONFIDENCE } from "../evidence/cell-views.ts";
import { skippedArms } from "../prepare-cells.ts";
import { type GateNeed, type Spread, gateNeeds } from "./gate-needs.ts";

export type { GateNeed } from "./gate-needs.ts";

export interface DesignArm {
  readonly arm: string;
  readonly subject: string;
  readonly runs: number;
  readonly warmup: number;
  readonly operations: number;
  /** One run; undefined where nothing is known. */
  readonly secondsPerRun: number | undefined;
  readonly secondsSource: "earlier runs" | "declared" | "not known";
  readonly timeoutSeconds: number;
  /** Why it will not be run. */
  readonly skipped: string | undefined;
}

export interface DesignCell {
  readonly cell: string;
  readonly workload: string;
  readonly parameters: WorkloadParameters;
  readonly durability: DurabilityClass;
  readonly purpose: readonly string[];
  readonly arms: readonly DesignArm[];
}

/** How small a difference between two arms would be seen, with probability 0.8. */
export interface Sensitivity {
  readonly cell: string;
  readonly arms: readonly [string, string];
  readonly runs: readonly [number, number];
  readonly spread: Spread;
  /** Undefined: with so few runs no difference is significant. */
  readonly detectableRatio: number | undefined;
}

export interface Design {
  readonly format: "helios-design/1";
  readonly plan: {
    readonly id: string;
    readonly title: string;
    readonly hash: string;
    readonly canGo: boolean;
  };
  readonly cells: readonly DesignCell[];
  readonly runs: number;
  /** Sum over the runs of which something is known. */
  readonly expectedSeconds: number;
  /** Runs of which nothing is known. */
  readonly runsOfUnknownLength: number;
  /** If every run took its whole limit. */
  readonly mostSeconds: number;
  readonly gates: readonly GateNeed[];
  readonly sensitivity: readonly Sensitivity[];
}

export interface DesignOptions {
  /** {@link machineOf} this machine. */
  readonly machine: string;
  readonly history: readonly HistoryEntry[];
}

/** Drift between process runs on a shared machine, measured; assumed where this machine has no history. */
const ASSUMED_SPREAD = 0.15;

export async function designOf(plan: Plan, { machine, history }: DesignOptions): Promise<Design> {
  const skipped = await skippedArms(plan);
  const earlier = (cell: Cell, arm: Arm): EarlierRuns | undefined =>
    earlierRuns(history, machine, seriesKey(cell, arm));
  const spreadOf = (cell: Cell, arm: Arm): Spread => {
    const known = earlier(cell, arm)?.spread;
    return known === undefined
      ? { value: ASSUMED_SPREAD, source: "assumed" }
      : { value: known, source: "earlier runs" };
  };
  const cells = plan.cells.map((cell): DesignCell => {
    const { id, workload, parameters, durability, purpose } = cell;
    const arms = cell.arms.map((arm) => {
      const reason = skipped.get(id)?.find((one) => one.arm === arm.id)?.reason;
      return designArm(arm, earlier(cell, arm), reason);
    });
    return { cell: id, workload, parameters, durability, purpose, arms };
  });
  const arms = cells.flatMap((cell) => cell.arms).filter((arm) => arm.skipped === undefined);
  const sum = (of: (arm: DesignArm) => number): number => arms.reduce((total, arm) => total + of(arm), 0);
  return {
    format: "helios-design/1",
    plan: { id: plan.id, title: plan.title, hash: planHash(plan), canGo: plan.canGo },
    cells,
    runs: sum(({ runs }) => runs),
    expectedSeconds: sum(({ runs, secondsPerRun }) => runs * (secondsPerRun ?? 0)),
    runsOfUnknownLength: sum(({ runs, secondsPerRun }) => (secondsPerRun === undefined ? runs : 0)),
    mostSeconds: sum(({ runs, timeoutSeconds }) => runs * timeoutSeconds),
    gates: gateNeeds(plan, spreadOf),
    sensitivity: sensitivities(plan, spreadOf),
  };
}

function designArm(arm: Arm, earlier: EarlierRuns | undefined, skipped: string | undefined): DesignArm {
  const { id, subject, runs, warmup, operations, timeoutSeconds, expectedSeconds } = arm;
  const known = earlier
    ? ({ secondsPerRun: earlier.secondsPerRun, secondsSource: "earlier runs" } as const)
    : expectedSeconds !== undefined
      ? ({ secondsPerRun: expectedSeconds, secondsSource: "declared" } as const)
      : ({ secondsPerRun: undefined, secondsSource: "not known" } as const);
  return { arm: id, subject, runs, warmup, operations, ...known, timeoutSeconds, skipped };
}

/** For pairs of arms that are measured alike: the second of a subject is its A/A check, others are its rivals. */
function sensitivities(plan: Plan, spreadOf: (cell: Cell, arm: Arm) => Spread): Sensitivity[] {
  const known = new Map<string, number | undefined>();
  return plan.cells.flatMap((cell) => {
    const [first, ...others] = cell.arms;
    if (first === undefined) return [];
    const second =
      others.find((arm) => arm.subject === first.subject && arm.operations === first.operations) ?? others[0];
    if (second === undefined) return [];
    const spread = spreadOf(cell, first);
    const key = `${first.runs} ${second.runs} ${spread.value}`;
    if (!known.has(key)) {
      const design = { runsA: first.runs, runsB: second.runs, spread: spread.value, seed: plan.seed };
      known.set(key, minimumDetectableRatio({ ...design, alpha: 1 - CONFIDENCE, minimumEffect: 0 }));
    }
    return [
      {
        cell: cell.id,
        arms: [first.id, second.id] as const,
        runs: [first.runs, second.runs] as const,
        spread,
        detectableRatio: known.get(key),
      },
    ];
  });
}
