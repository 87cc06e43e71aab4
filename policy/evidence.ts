/**
 * From what a guard found to what its gate reads. Pure: a run can be judged again from the stored result. A guard that
 * was not checked gives missing evidence, unless it already knows something that fails.
 */
import type { Evidence, GuardEvidence, VulnerabilityEvidence } from "./gate.ts";
import type { Finding, GuardResult } from "./guards/guard.ts";
import type { VulnerabilityResult } from "./guards/vulnerabilities.ts";

/** @param source file below the run directory, or the command, that the result came from. */
export function guardEvidence(result: GuardResult, source: string): Evidence<GuardEvidence> {
  if (result.verdict === "not-checked" && result.scanned === 0) {
    return { kind: "missing", reason: result.reason, remedy: remedyFor(result) };
  }
  return {
    kind: "present",
    grade: "measured",
    source,
    value: {
      scanned: result.scanned,
      denied: named(result.findings, "error"),
      review: named(result.findings, "warning"),
      notScanned: result.notScanned
        .filter((each) => each.harmless !== true)
        .map(({ path, reason }) => `${path} (${reason})`),
    },
  };
}

export function vulnerabilityEvidence(
  result: VulnerabilityResult,
  source: string,
): Evidence<VulnerabilityEvidence> {
  if (result.verdict === "not-checked") {
    return { kind: "missing", reason: result.reason, remedy: remedyFor(result) };
  }
  const { dependencies, critical, high, checkedAt } = result;
  return {
    kind: "present",
    // An answer somebody else fetched is recorded, not measured here.
    grade: result.source.startsWith("imported ") ? "recorded" : "measured",
    source: `${source}, ${result.source}`,
    value: { dependencies, critical, high, checkedAt },
  };
}

/** One name per package, or per place where no package is concerned; the details are in the guard's own result. */
function named(findings: readonly Finding[], level: Finding["level"]): readonly string[] {
  const names = findings
    .filter((finding) => finding.level === level)
    .map((finding) => finding.package ?? `${finding.file}:${finding.line} (${finding.category})`);
  return [...new Set(names)];
}

function remedyFor(result: GuardResult): string {
  const first = result.notScanned[0];
  if (first === undefined) return "run the audit where there is something to look at";
  switch (first.code) {
    case "not-installed":
      return "install the locked dependencies (npm ci), then run the audit again";
    case "lock-disagrees":
    case "lock-stale":
      return "install exactly what is locked (npm ci, or update the lock file), then run the audit again";
    case "lock-not-covered":
      return "write a lock file of npm (version 2 or 3), pnpm or yarn, then run the audit again";
    case "lock-missing":
      return "write a lock file (npm install --package-lock-only), then run the audit again";
    case "no-answer":
      return "run it where the registry answers, or import a report made there for this lock file";
    case "import-refused":
      return "import a fresh report made for this lock file";
    default:
      return `make ${first.path} readable for the audit (${first.code}), then run it again`;
  }
}
