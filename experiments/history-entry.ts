/** A finished validation as a line of the history file. */
import { type HistoryEntry, canonicalJson, machineOf, seriesKey } from "@helios/harness";
import type { RunSummary } from "./evidence/index.ts";

/**
 * Only sound runs count: what failed says nothing of speed. Arms of another revision are left out, for the entry is of
 * this one.
 */
export function historyEntryOf(summary: RunSummary): HistoryEntry {
  const { plan, environment } = summary;
  const arms = plan.cells.flatMap((cell) => {
    const found = summary.cells.find((one) => one.cell === cell.id);
    const facts = Object.entries(found?.parameters ?? {}).filter(([name]) => !(name in cell.parameters));
    const input = facts.length === 0 ? {} : { input: canonicalJson(Object.fromEntries(facts)) };
    return cell.arms.flatMap((arm) => {
      if (arm.revision !== undefined) return [];
      const runs = found?.arms.find((one) => one.arm === arm.id)?.runs.filter(({ isSound }) => isSound) ?? [];
      if (runs.length === 0) return [];
      return [
        {
          cell: cell.id,
          arm: arm.id,
          key: seriesKey(cell, arm),
          ...input,
          runs: runs.map(({ seconds, p95Us, wcharPerCommit }) => ({
            seconds,
            ...(p95Us === undefined ? {} : { p95Us }),
            ...(wcharPerCommit === undefined ? {} : { wcharPerCommit }),
          })),
        },
      ];
    });
  });
  return {
    format: "helios-history/1",
    recordedAt: environment.recordedAt,
    plan: { id: plan.id, hash: summary.planHash },
    heliosVersion: environment.heliosVersion,
    ...(environment.revision ? { revision: environment.revision } : {}),
    machine: machineOf(environment),
    node: environment.node,
    arms,
  };
}
