/**
 * What each gate needs to say go, said before the run. Only what can be known by then: counts, ranks, lines, and the
 * probability of passing under an assumption that is named. A new gate adds its line here; one that is not listed is
 * described by its lines alone.
 */
import {
  type Arm,
  type Cell,
  type GateLines,
  type Plan,
  binomialCdf,
  medianShareWithPower,
  quantileUpperRank,
  successScoreNeeds,
} from "@helios/harness";
import { BASELINE_SUBJECT, CONFIDENCE, MEASURED_SUBJECT } from "../evidence/cell-views.ts";
import { LEAST_RUNS } from "../evidence/gate-evidence.ts";

export interface GateNeed {
  readonly gate: string;
  readonly required: boolean;
  /** False where the plan cannot satisfy this gate, whatever is measured. */
  readonly canGo: boolean;
  /** One sentence each. */
  readonly needs: readonly string[];
}

export interface Spread {
  /** Standard deviation of the logarithm of a run's P95; about its coefficient of variation. */
  readonly value: number;
  readonly source: "earlier runs" | "assumed";
}

type SpreadOf = (cell: Cell, arm: Arm) => Spread;

const POWER = 0.8;

export function gateNeeds(plan: Plan, spreadOf: SpreadOf): GateNeed[] {
  return plan.gates.map((lines): GateNeed => {
    const need = byGate[lines.gate] ?? byLines;
    const { canGo, needs } = need(plan, lines, spreadOf);
    return { gate: lines.gate, required: lines.required, canGo, needs };
  });
}

type Need = (plan: Plan, lines: GateLines, spreadOf: SpreadOf) => Pick<GateNeed, "canGo" | "needs">;

const byLines: Need = (_plan, { go, noGo }) => ({
  canGo: true,
  needs: [
    `Its pessimistic confidence bound must be beyond ${go}; it is no-go when its optimistic bound is beyond ${noGo}.`,
  ],
});

const byGate: Readonly<Record<string, Need | undefined>> = {
  "commit-p95": commitP95,
  "io-reduction": ioReduction,
  coverage: (_plan, { go }) => ({
    canGo: true,
    needs: [
      `More than ${percent(go)} of the lines covered, by a complete and passing run of the tests of this very revision, without uncommitted changes.`,
    ],
  }),
  licences: () => guard("package", "with a denied or unknown licence"),
  "user-space-only": () => guard("file", "with a forbidden mechanism"),
  vulnerabilities: () => guard("production dependency", "with a critical vulnerability"),
  "success-score": successScore,
  community: (_plan, { go }) => ({
    canGo: true,
    needs: [
      `More than ${go} stars and no negative feedback, recorded after publication; nothing here measures it.`,
    ],
  }),
};

function guard(what: string, flaw: string): Pick<GateNeed, "canGo" | "needs"> {
  return { canGo: true, needs: [`Every ${what} looked at, at least one of them, and none ${flaw}.`] };
}

function commitP95(plan: Plan, { go, noGo }: GateLines, spreadOf: SpreadOf): ReturnType<Need> {
  const cells = plan.cells.filter(({ purpose }) => purpose.includes("latency"));
  if (cells.length === 0) return { canGo: false, needs: ["The plan has no cell for latency."] };
  let canGo = true;
  const needs = cells.flatMap((cell) => {
    const arm = cell.arms.find(({ subject }) => subject === MEASURED_SUBJECT);
    const rank = arm && quantileUpperRank(arm.runs, 0.5, CONFIDENCE);
    if (arm === undefined || rank === undefined) {
      canGo = false;
      return [
        arm === undefined
          ? `${cell.id}: there is no arm of ${MEASURED_SUBJECT}.`
          : `${cell.id}: ${arm.runs} runs bound no median at 95 %; ${LEAST_RUNS} are the least.`,
      ];
    }
    const reached = percent(binomialCdf(rank - 1, arm.runs, 0.5));
    const spread = spreadOf(cell, arm);
    const share = medianShareWithPower(arm.runs, spread.value, POWER) ?? 0;
    const again = cell.arms.find(
      (other) =>
        other !== arm &&
        other.subject === arm.subject &&
        other.warmup === arm.warmup &&
        other.operations === arm.operations,
    );
    canGo &&= again !== undefined;
    return [
      `${cell.id}: of ${arm.runs} runs the ${ordinal(rank)} smallest P95 must lie below ${go} us (one-sided bound of the median, exact confidence ${reached}); no-go when the ${ordinal(arm.runs - rank + 1)} smallest lies above ${noGo} us.`,
      `${cell.id}: with runs that spread by ${percent(spread.value)} (${spread.source}) go is likely (${percent(POWER)}) up to a true median P95 of ${Number((share * go).toPrecision(3))} us.`,
      again === undefined
        ? `${cell.id}: there is no A/A arm, so noise cannot be told from a result: the gate stays inconclusive.`
        : `${cell.id}: the A/A arm ${again.id} (${again.runs} runs) must differ by less than the result lies from its line.`,
    ];
  });
  return { canGo, needs };
}

function ioReduction(plan: Plan, { go, noGo }: GateLines): ReturnType<Need> {
  const cells = plan.cells.filter(({ purpose }) => purpose.includes("io"));
  if (cells.length === 0) return { canGo: false, needs: ["The plan has no cell for I/O."] };
  const flaws = cells.flatMap((cell) => {
    const git = cell.arms.find(({ subject }) => subject === BASELINE_SUBJECT);
    const helios = cell.arms.find(
      (arm) =>
        arm.subject === MEASURED_SUBJECT && arm.warmup === git?.warmup && arm.operations === git.operations,
    );
    if (git === undefined || helios === undefined)
      return [
        `${cell.id}: there are no arms of ${MEASURED_SUBJECT} and ${BASELINE_SUBJECT} of equal length.`,
      ];
    const runs = Math.min(git.runs, helios.runs);
    return runs < LEAST_RUNS ? [`${cell.id}: ${runs} runs per arm; ${LEAST_RUNS} are the least.`] : [];
  });
  const names = cells.map(({ id }) => id).join(", ");
  return {
    canGo: flaws.length === 0,
    needs: [
      `In each of ${cells.length} declared cells (${names}) the lower 95 % bootstrap bound of 1 - bytes of Helios / bytes of Git, by write calls, must lie above ${percent(go)}; the worst cell decides. No-go when an upper bound lies below ${percent(noGo)}.`,
      ...flaws,
    ],
  };
}

/** The trials that the gate is defined for. */
const TRIALS = 30;

function successScore(_plan: Plan, { go }: GateLines): ReturnType<Need> {
  const needs = successScoreNeeds(TRIALS, go)
    .filter(({ mostMeanMinutes }) => mostMeanMinutes !== undefined)
    .map(
      ({ greens, mostMeanMinutes = 0 }) => `${greens} green and at most ${mostMeanMinutes.toFixed(1)} min`,
    );
  return {
    canGo: true,
    needs: [
      `Of ${TRIALS} trials, with recorded reviews that take on average (all about alike): ${needs.join("; or ")}.`,
    ],
  };
}

function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  return `${n}${(teen ? undefined : ({ 1: "st", 2: "nd", 3: "rd" } as Record<number, string>)[n % 10]) ?? "th"}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
