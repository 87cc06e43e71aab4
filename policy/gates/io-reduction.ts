/**
 * Share of Git's bytes that Helios does not write. The worst declared cell decides, by its lower bound: an average
 * would let one easy workload pay for a hard one. A declared cell without a number keeps the gate from GO; what is
 * reported beside the gate (history replay) stands in the same row and does not decide.
 */
import type { IoReductionEvidence, Lines, Outcome } from "../gate.ts";
import { decide, flawOf } from "./criterion.ts";
import { canCarryGo, gateOf, listed, percent, withoutStop } from "./row.ts";

type Judged = IoReductionEvidence["cells"][number] & { readonly outcome: Outcome; readonly bound: number };

export const ioReduction = gateOf({
  id: "io-reduction",
  title: "I/O reduction against Git",
  unit: "share",
  nUnit: "process runs",
  defaultLines: { go: 0.99, noGo: 0.9 },
  direction: "higher-is-better",
  criterion: (lines) => `> ${percent(lines.go)}`,
  evidence: (set) => set.ioReduction,
  judge({ value, grade, source }, lines) {
    const beside = value.beside.map(besideText);
    const flaws = value.cells.flatMap(({ cell, reduction }) => {
      const flaw = flawOf(reduction);
      return flaw === undefined ? [] : [`${cell} (${flaw})`];
    });
    const absent = [...value.absent.map(({ cell, reason }) => `${cell} (${withoutStop(reason)})`), ...flaws];
    const judged = value.cells
      .filter(({ reduction }) => flawOf(reduction) === undefined)
      .map((cell): Judged => ({ ...cell, ...decide("higher-is-better", cell.reduction, lines) }))
      .sort((a, b) => a.reduction.lower - b.reduction.lower);
    const shown = judged.find(({ outcome }) => outcome === "no-go") ?? judged[0];
    if (shown === undefined) {
      return {
        outcome: "inconclusive",
        n: 0,
        grade,
        source,
        beside,
        reason: `No declared cell gave a number${absent.length > 0 ? `: ${listed(absent)}` : ""}.`,
        remedy: "run the I/O cells of the plan on a disk file system (not tmpfs)",
      };
    }
    const { reduction } = shown;
    const outcome = combined(judged, absent.length > 0, canCarryGo(grade));
    const worst = `The worst of ${judged.length} cells, ${shown.cell}, writes ${percent(reduction.value)} less than Git (lower bound ${percent(reduction.lower)})`;
    return {
      outcome,
      value: reduction.value,
      bound: shown.bound,
      n: reduction.n,
      nUnit: reduction.nUnit,
      grade,
      source,
      beside,
      reason: `${worst}${meaning(outcome, absent, shown, grade, lines)}.`,
      remedy: remedyFor(outcome, absent),
    };
  },
});

/** A confident NO-GO of any cell stands; otherwise one undecided or absent cell leaves the whole undecided. */
function combined(judged: readonly Judged[], someAbsent: boolean, canGo: boolean): Outcome {
  if (judged.some(({ outcome }) => outcome === "no-go")) return "no-go";
  if (someAbsent || judged.some(({ outcome }) => outcome === "inconclusive")) return "inconclusive";
  if (judged.some(({ outcome }) => outcome === "hold")) return "hold";
  return canGo ? "go" : "hold";
}

function meaning(
  outcome: Outcome,
  absent: readonly string[],
  shown: Judged,
  grade: string,
  lines: Lines,
): string {
  switch (outcome) {
    case "go":
      return `, above ${percent(lines.go)} in every declared cell`;
    case "no-go":
      return `, below ${percent(lines.noGo)} with confidence`;
    case "hold":
      return shown.outcome === "go"
        ? `, but it is ${grade}, not measured`
        : ", between the lines with confidence";
    case "inconclusive":
      return absent.length > 0
        ? `, but declared cells gave no number: ${listed(absent)}`
        : `, too uncertain (upper bound ${percent(shown.reduction.upper)}) to say on which side of the line it lies`;
  }
}

function remedyFor(outcome: Outcome, absent: readonly string[]): string | undefined {
  if (outcome === "go") return undefined;
  if (absent.length > 0 && outcome !== "no-go") return `measure every declared cell: ${listed(absent)}`;
  if (outcome === "inconclusive") return "repeat the I/O cells with more process runs";
  return "write fewer bytes per commit in the named cell, or measure it instead of modelling it";
}

function besideText({ cell, reduction, note }: IoReductionEvidence["beside"][number]): string {
  return reduction === undefined
    ? `${cell}: not measured (${note})`
    : `${cell}: ${percent(reduction.value)} less (${percent(reduction.lower)} to ${percent(reduction.upper)}; ${note})`;
}
