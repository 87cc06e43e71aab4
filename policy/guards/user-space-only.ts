/**
 * The user-space-only guard: no overlayfs, mounts, control groups, namespaces, CAP_SYS_ADMIN or other privileged
 * kernel operations, in any language of the project. It parses, it does not grep; how it decides is told in
 * `user-space/README.md`, what is forbidden stands in `user-space/rules.ts`.
 */
import path from "node:path";
import { applyExceptions } from "../exceptions.ts";
import { compareFindings, verdictOf, type Guard, type GuardResult } from "./guard.ts";
import { guardId, scanTree } from "./user-space/scan.ts";

export { traceCommand } from "./user-space/trace.ts";
export type { ForbiddenSystemCall, TraceOptions, TraceResult } from "./user-space/trace.ts";

export const userSpaceOnly: Guard = {
  id: guardId,
  title: "User space only: no forbidden kernel mechanism",
  run: async ({ root, exceptions, onProgress, signal }) => {
    const scan = await scanTree({
      root: path.resolve(root),
      ...(onProgress !== undefined && { onProgress }),
      ...(signal !== undefined && { signal }),
    });
    const judged = applyExceptions({ guard: guardId, findings: scan.findings, exceptions });
    const findings = judged.findings.toSorted(compareFindings);
    const verdict = verdictOf({ scanned: scan.scanned, findings, notScanned: scan.notScanned });
    const suppressed = [...scan.suppressed, ...judged.suppressed].toSorted((a, b) =>
      compareFindings(a.finding, b.finding),
    );
    const result = {
      guard: guardId,
      verdict,
      scanned: scan.scanned,
      scannedUnit: "files",
      findings,
      notScanned: scan.notScanned,
      suppressed,
    };
    return { ...result, reason: reasonOf(result) };
  },
};

function reasonOf(result: Omit<GuardResult, "reason">): string {
  const errors = result.findings.filter((finding) => finding.level === "error");
  const [first] = errors;
  switch (result.verdict) {
    case "fail":
      return `${errors.length} forbidden ${errors.length === 1 ? "use" : "uses"} of kernel mechanisms, the first in ${first?.file ?? ""}:${first?.line ?? 1}.`;
    case "not-checked":
      return result.scanned === 0
        ? "There was nothing to scan, which proves nothing."
        : `No forbidden mechanism in ${result.scanned} files, but ${result.notScanned.length} could not be scanned.`;
    case "pass":
      return `No forbidden kernel mechanism in ${result.scanned} files.`;
  }
}
