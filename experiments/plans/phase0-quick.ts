/**
 * Phase 0, at a glance: within 90 seconds. Fewer cells and shorter runs can show that something is
 * wrong, so it may say NO-GO; they cannot show that all is well, so it never says GO.
 */
import type { Plan } from "@helios/harness";
import { phase0Gates } from "./gates.ts";

const latency = { subject: "helios", warmup: 500, operations: 2000, timeoutSeconds: 30 };
const bytes = { runs: 5, warmup: 2, operations: 50, timeoutSeconds: 30 };

export const phase0Quick: Plan = {
  format: "helios-plan/1",
  id: "phase0-quick",
  title: "Phase 0 validation, quick plan",
  canGo: false,
  seed: 20_260,
  cells: [
    {
      id: "edits-1000",
      workload: "edits",
      parameters: { entries: 1000 },
      durability: "process",
      arms: [
        { id: "helios", subject: "helios", ...bytes },
        { id: "git", subject: "git", ...bytes },
      ],
      purpose: ["io"],
    },
    {
      id: "exploration-1000",
      workload: "exploration",
      parameters: { entries: 1000 },
      durability: "process",
      arms: [
        { id: "helios", subject: "helios", ...bytes, operations: 30 },
        { id: "git", subject: "git", ...bytes, operations: 30 },
      ],
      purpose: ["io"],
    },
    {
      id: "edits-100000",
      workload: "edits",
      parameters: { entries: 100_000 },
      durability: "process",
      arms: [
        { id: "helios", runs: 5, ...latency },
        { id: "helios-again", runs: 2, ...latency },
      ],
      purpose: ["latency"],
    },
    {
      id: "history",
      workload: "history",
      parameters: { mostCommits: 32, mostBaseMegabytes: 256, mostStepMegabytes: 16 },
      durability: "process",
      arms: [
        { id: "helios", subject: "helios", ...bytes, runs: 2, operations: 30 },
        { id: "git", subject: "git", ...bytes, runs: 2, operations: 30 },
      ],
      purpose: ["context"],
    },
  ],
  gates: phase0Gates,
};
