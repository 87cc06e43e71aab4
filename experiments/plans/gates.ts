/**
 * The lines of phase 0's gates, the same for the full and the quick plan. What each number means stands in the
 * gate's docstring in policy/gates.
 */
import type { GateLines } from "@helios/harness";

export const phase0Gates: readonly GateLines[] = [
  { gate: "commit-p95", go: 70, noGo: 100, required: true },
  { gate: "io-reduction", go: 0.99, noGo: 0.9, required: true },
  { gate: "coverage", go: 0.85, noGo: 0.8, required: true },
  { gate: "licences", go: 0, noGo: 0, required: true },
  { gate: "user-space-only", go: 0, noGo: 0, required: true },
  { gate: "vulnerabilities", go: 0, noGo: 0, required: true },
  { gate: "success-score", go: 0.8, noGo: 0.8, required: true },
  { gate: "community", go: 50, noGo: 50, required: true },
];
