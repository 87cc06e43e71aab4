/**
 * Interest from outside. It is a trigger: too few stars or negative feedback disqualify, and nothing it says can
 * make up for another gate. Plans ask for it after publication; before that it is missing and not required.
 */
import { canCarryGo, gateOf } from "./row.ts";

const remedy = "listen to what is missing, improve it, and look again when people have had time to try it";

export const community = gateOf({
  id: "community",
  title: "Community",
  unit: "stars",
  nUnit: "repositories",
  defaultLines: { go: 50, noGo: 50 },
  direction: "higher-is-better",
  criterion: (lines) => `>= ${lines.go} stars, no negative feedback`,
  evidence: (set) => set.community,
  judge({ value: { stars, negativeFeedback }, grade, source }, lines) {
    const common = { value: stars, bound: stars, n: 1, grade, source };
    const found = `${stars} stars, ${negativeFeedback ? "negative" : "no negative"} feedback`;
    if (!(stars >= 0)) {
      return {
        ...common,
        outcome: "inconclusive",
        reason: "The number of stars is not a count.",
        remedy: "read it again",
      };
    }
    if (negativeFeedback || stars < lines.noGo)
      return { ...common, outcome: "no-go", reason: `${found}.`, remedy };
    if (stars < lines.go) return { ...common, outcome: "hold", reason: `${found}.`, remedy };
    if (!canCarryGo(grade)) {
      return {
        ...common,
        outcome: "hold",
        reason: `${found}, but that is ${grade}, not recorded.`,
        remedy: "record the count with its source and day",
      };
    }
    return { ...common, outcome: "go", reason: `${found}.`, remedy: undefined };
  },
});
