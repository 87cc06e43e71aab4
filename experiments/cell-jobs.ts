/** The runs of a cell as jobs for the runner, in their interleaved order. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Arm, type Cell, type Plan, type RunJob, canonicalJson, interleave } from "@helios/harness";
import type { PreparedCell } from "./prepare-cells.ts";

export interface JobPlaces {
  readonly runDirectory: string;
  readonly scratch: string;
  /** Position of the cell's first run in the whole validation. */
  readonly firstPosition: number;
}

/** All runs of the cell, those of skipped arms left out; positions count them all. */
export function jobsOf(plan: Plan, cell: Cell, prepared: PreparedCell, places: JobPlaces): RunJob[] {
  if (prepared.record.absent !== undefined) return [];
  const skipped = new Set(prepared.record.skipped?.map(({ arm }) => arm));
  const arms = new Map(cell.arms.map((arm) => [arm.id, arm]));
  const { runDirectory, scratch, firstPosition } = places;
  return interleave(cell, plan.seed).flatMap((turn, i): RunJob[] => {
    const arm = arms.get(turn.arm) as Arm;
    if (skipped.has(arm.id)) return [];
    const { options, revision, environment, nodeArguments } = arm;
    return [
      {
        kind: "run",
        cell: cell.id,
        arm: arm.id,
        subject: arm.subject,
        workload: cell.workload,
        parameters: prepared.parameters,
        durability: cell.durability,
        seed: plan.seed,
        run: turn.run,
        position: firstPosition + i,
        warmup: arm.warmup,
        operations: arm.operations,
        timeoutSeconds: arm.timeoutSeconds,
        runDirectory,
        scratchDirectory: join(scratch, `${cell.id}-${arm.id}-${turn.run}`),
        baseCache: join(scratch, "bases", `${cell.id}-${arm.subject}${variant(arm)}`),
        ...(options ? { options } : {}),
        ...(revision === undefined ? {} : { revision }),
        ...(environment ? { environment } : {}),
        ...(nodeArguments ? { nodeArguments } : {}),
      },
    ];
  });
}

/** Arms that differ in more than their length must not hand bases to each other. */
function variant({ options, revision, environment, nodeArguments }: Arm): string {
  const own = canonicalJson([options, revision, environment, nodeArguments].map((one) => one ?? null));
  return own === "[null,null,null,null]"
    ? ""
    : `-${createHash("sha256").update(own).digest("hex").slice(0, 8)}`;
}
