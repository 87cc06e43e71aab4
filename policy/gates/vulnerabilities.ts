/** No known critical vulnerability in production dependencies, from an answer that really covered them. */
import { canCarryGo, gateOf } from "./row.ts";

const command = "helios-cli audit vulnerabilities";

export const vulnerabilities = gateOf({
  id: "vulnerabilities",
  title: "Critical vulnerabilities",
  unit: "critical advisories",
  nUnit: "dependencies",
  defaultLines: { go: 0, noGo: 0 },
  direction: "lower-is-better",
  criterion: (lines) => `at most ${lines.go} critical`,
  evidence: (set) => set.vulnerabilities,
  judge({ value, grade, source }, lines) {
    const { dependencies, critical, high, checkedAt } = value;
    const common = {
      value: critical,
      bound: critical,
      n: dependencies,
      grade,
      source,
      beside: [`high: ${high}`, `checked at ${checkedAt}`],
    };
    const found = `${critical} critical and ${high} high advisories for ${dependencies} production dependencies`;
    const update = `update or replace what ${command} names`;
    if (critical > lines.noGo) return { ...common, outcome: "no-go", reason: `${found}.`, remedy: update };
    if (!(dependencies > 0) || !(critical >= 0)) {
      return {
        ...common,
        outcome: "inconclusive",
        reason: "No dependency was checked, so no advisory proves nothing.",
        remedy: `run ${command} where the lock file lists the dependencies and the registry answers`,
      };
    }
    if (critical > lines.go) return { ...common, outcome: "hold", reason: `${found}.`, remedy: update };
    if (!canCarryGo(grade)) {
      return {
        ...common,
        outcome: "hold",
        reason: `${found}, but that is ${grade}, not checked.`,
        remedy: `run ${command} against the registry or with an imported report`,
      };
    }
    return { ...common, outcome: "go", reason: `${found}.`, remedy: undefined };
  },
});
