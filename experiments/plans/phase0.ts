/**
 * Phase 0, in full: within ten minutes on two slow cores, the run of the tests with coverage included.
 *
 * Latency is judged where the tree is largest, over ten runs of 10,000 commits, with an A/A arm of the same
 * length beside it. Bytes are judged in six cells. There Helios and Git make exactly the same commits, fewer where
 * Git is slow: the same number of commits shares the same settling, so fewer is to Git's advantage.
 * The warm-up of two commits in those cells is Git's: its first index after a checkout is special.
 */
import type { Arm, Cell, Plan } from "@helios/harness";
import { phase0Gates } from "./gates.ts";

const SETTLED_RUNS = 5;

/** Helios and Git over the same commits. */
function pair(operations: number, timeoutSeconds: number, heliosId = "helios"): readonly Arm[] {
  const both = { runs: SETTLED_RUNS, warmup: 2, operations, timeoutSeconds };
  return [
    { id: heliosId, subject: "helios", ...both },
    { id: "git", subject: "git", ...both },
  ];
}

function ioCell(workload: string, entries: number, operations: number, timeoutSeconds: number): Cell {
  return {
    id: `${workload}-${entries}`,
    workload,
    parameters: { entries },
    durability: "process",
    arms: pair(operations, timeoutSeconds),
    purpose: ["io"],
  };
}

const latency = { subject: "helios", warmup: 2000, operations: 10_000, timeoutSeconds: 60 };

export const phase0: Plan = {
  format: "helios-plan/1",
  id: "phase0",
  title: "Phase 0 validation",
  canGo: true,
  seed: 20_260,
  cells: [
    ioCell("edits", 1000, 100, 60),
    ioCell("edits", 10_000, 50, 60),
    {
      id: "edits-100000",
      workload: "edits",
      parameters: { entries: 100_000 },
      durability: "process",
      arms: [
        { id: "helios", runs: 10, ...latency },
        { id: "helios-again", runs: 5, ...latency },
        ...pair(20, 120, "helios-io"),
      ],
      purpose: ["latency", "io"],
    },
    ioCell("exploration", 1000, 100, 60),
    ioCell("exploration", 10_000, 50, 60),
    ioCell("exploration", 100_000, 20, 120),
    {
      id: "history",
      workload: "history",
      parameters: { mostCommits: 102, mostBaseMegabytes: 512, mostStepMegabytes: 64 },
      durability: "process",
      arms: pair(100, 120),
      purpose: ["context"],
    },
  ],
  gates: phase0Gates,
};
