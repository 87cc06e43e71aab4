/**
 * The contract of a gate: a criterion with a Go and a No-Go line, judged on evidence and on nothing else. Each
 * gate is one file in `policy/gates/`, listed by hand in `policy/gates/index.ts`.
 *
 * Missing evidence never passes: a gate whose evidence is missing answers `inconclusive`, with the reason and
 * what would supply it.
 */

/** How a number came to be. */
export type EvidenceGrade = "measured" | "recorded" | "modelled" | "declared" | "missing";

/** `hold`: confidently between the lines. `inconclusive`: the evidence does not decide. */
export type Outcome = "go" | "hold" | "no-go" | "inconclusive";

export type Verdict = "GO" | "HOLD" | "NO-GO";

/** A number with its one-sided confidence bounds. */
export interface Estimate {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  /** Of each one-sided bound, e.g. 0.95. */
  readonly confidence: number;
  /** Independent units (process runs, trials, packages ...), and what they are. */
  readonly n: number;
  readonly nUnit: string;
  readonly unit: string;
  /** Where it was measured: cell, arm, durability class, measure. */
  readonly scope: string;
}

export type Evidence<T> =
  | {
      readonly kind: "present";
      readonly grade: Exclude<EvidenceGrade, "missing">;
      readonly source: string;
      readonly value: T;
    }
  | { readonly kind: "missing"; readonly reason: string; readonly remedy: string };

/** Same arm against itself: how far two sets of equal runs lay apart, as a share (0.04 = 4 %). */
export interface SelfComparison {
  readonly relativeDifference: number;
  readonly n: number;
}

export interface LatencyEvidence {
  readonly p95: Estimate;
  readonly selfComparison: SelfComparison | undefined;
}

export interface IoReductionEvidence {
  /** One per declared gate cell; the worst decides. `value`, `lower`, `upper` are shares, 0.993 = 99.3 %. */
  readonly cells: readonly { readonly cell: string; readonly reduction: Estimate }[];
  /** Declared cells that gave no number, with the reason: any such cell keeps the gate from GO. */
  readonly absent: readonly { readonly cell: string; readonly reason: string }[];
  /** Reported in the same row, never left out, not gating: e.g. history replay. */
  readonly beside: readonly {
    readonly cell: string;
    readonly reduction: Estimate | undefined;
    readonly note: string;
  }[];
}

export interface CoverageEvidence {
  /** Share of lines, statements, branches, functions, 0..1; the gate reads lines. */
  readonly lines: number;
  readonly statements: number;
  readonly branches: number;
  readonly functions: number;
  /** Revision the summary was made for, and whether it is the revision being judged. */
  readonly revision: string;
  readonly matchesRevision: boolean;
  readonly testsRun: number;
  readonly testsFailed: number;
  /** `file: name` of failed tests, the first of many; runs of long ago do not say. */
  readonly failedTests?: readonly string[];
}

/** What a guard found, reduced to what a gate needs. */
export interface GuardEvidence {
  /** Packages, files or dependencies looked at; 0 is not a pass. */
  readonly scanned: number;
  readonly denied: readonly string[];
  /** Need a person's decision. */
  readonly review: readonly string[];
  /** Not looked at, with the reason. */
  readonly notScanned: readonly string[];
}

export interface VulnerabilityEvidence {
  readonly dependencies: number;
  readonly critical: number;
  readonly high: number;
  readonly checkedAt: string;
}

export interface SuccessScoreEvidence {
  readonly score: Estimate;
  /** How the review minutes came to be; only recorded minutes can give GO. */
  readonly minutes: EvidenceGrade;
}

export interface CommunityEvidence {
  readonly stars: number;
  readonly negativeFeedback: boolean;
}

/** Everything a verdict may rest on. */
export interface EvidenceSet {
  readonly commitP95: Evidence<LatencyEvidence>;
  readonly ioReduction: Evidence<IoReductionEvidence>;
  readonly coverage: Evidence<CoverageEvidence>;
  readonly licences: Evidence<GuardEvidence>;
  readonly userSpaceOnly: Evidence<GuardEvidence>;
  readonly vulnerabilities: Evidence<VulnerabilityEvidence>;
  readonly successScore: Evidence<SuccessScoreEvidence>;
  readonly community: Evidence<CommunityEvidence>;
}

export interface Lines {
  readonly go: number;
  readonly noGo: number;
}

export interface GateResult {
  readonly id: string;
  readonly title: string;
  readonly outcome: Outcome;
  readonly required: boolean;
  /** Undefined where nothing was measured. */
  readonly value: number | undefined;
  /** The confidence bound that was held against the lines. */
  readonly bound: number | undefined;
  readonly unit: string;
  readonly go: number;
  readonly noGo: number;
  /** How the lines read: `< 70 us`, `> 99 %`. */
  readonly criterion: string;
  readonly n: number;
  readonly nUnit: string;
  readonly evidence: EvidenceGrade;
  readonly source: string;
  /** One sentence a newcomer understands. */
  readonly reason: string;
  /** What would change the outcome; undefined for `go`. */
  readonly remedy: string | undefined;
  /** Numbers reported in the same row, not gating. */
  readonly beside: readonly string[];
}

export interface Gate {
  /** Stable: `commit-p95`, `io-reduction`, `coverage`, `licences`, `user-space-only`, `vulnerabilities`, `success-score`, `community`. */
  readonly id: string;
  readonly title: string;
  readonly defaultLines: Lines;
  /** Which side of the Go line is good; a plan whose No-Go line lies on that side is refused. */
  readonly direction: "lower-is-better" | "higher-is-better";
  evaluate(evidence: EvidenceSet, lines: Lines, required: boolean): GateResult;
}
