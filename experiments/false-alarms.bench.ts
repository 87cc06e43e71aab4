/**
 * How often is something flagged that is the same, and is something found that is slower? With real runs of a real
 * subject on this machine, its disturbances and drift included: what `benchmark compare` would say of A against A, and
 * of A against A with a planted fault, a busy wait of 100 us before each write call, which about doubles a commit.
 *
 * A comparison is so many process runs of each arm, interleaved, as in the paired mode.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ComparableCell,
  type Plan,
  comparePair,
  mannWhitney,
  median,
  readRunDirectory,
  sealRunDirectory,
} from "@helios/harness";
import { summarize } from "./evidence/index.ts";
import { runValidation } from "./run-validation.ts";

export interface FalseAlarmSettings {
  readonly comparisons: number;
  readonly runs: number;
  readonly operations: number;
  readonly entries: number;
}

export const small: FalseAlarmSettings = { comparisons: 1, runs: 2, operations: 30, entries: 50 };
const large: FalseAlarmSettings = { comparisons: 20, runs: 5, operations: 2000, entries: 1000 };

export interface FalseAlarms {
  readonly comparisons: number;
  /** Flagged although both arms are the same. */
  readonly falseAlarms: number;
  /** The same, had p alone decided. */
  readonly significantAlone: number;
  /** Flagged where one arm has the planted fault, and how many times as long it took (median). */
  readonly found: number;
  readonly plantedRatio: number;
  /** Largest ratio between two arms that are the same. */
  readonly largestRatio: number;
}

/** A module that every run of the slow arm loads first. */
const SLOW_WRITES = `data:text/javascript,${encodeURIComponent(`
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const { writeSync } = fs;
fs.writeSync = (...args) => {
  const until = process.hrtime.bigint() + 100_000n;
  while (process.hrtime.bigint() < until);
  return writeSync(...args);
};
syncBuiltinESMExports();
`)}`;

/** Every comparison is a validation of its own in `directory`, which must lie on a disk. */
export async function measureFalseAlarms(
  { comparisons, runs, operations, entries }: FalseAlarmSettings,
  directory: string,
): Promise<FalseAlarms> {
  const arm = (id: string, nodeArguments: readonly string[] = []): Plan["cells"][number]["arms"][number] => ({
    id,
    nodeArguments,
    subject: "helios",
    runs,
    warmup: Math.ceil(operations / 10),
    operations,
    timeoutSeconds: 120,
  });
  let falseAlarms = 0;
  let significantAlone = 0;
  let found = 0;
  let largestRatio = 1;
  const plantedRatios: number[] = [];
  for (let i = 0; i < comparisons; i++) {
    const plan: Plan = {
      format: "helios-plan/1",
      id: "false-alarms",
      title: "The same against itself",
      canGo: false,
      seed: i,
      quietWaitSeconds: 0,
      cells: [
        {
          id: "edits",
          workload: "edits",
          parameters: { entries },
          durability: "process",
          purpose: ["context"],
          arms: [arm("a"), arm("b"), arm("slow", ["--import", SLOW_WRITES])],
        },
      ],
      gates: [],
    };
    const out = await runValidation({ plan, out: join(directory, String(i)) });
    sealRunDirectory(out);
    const cell = summarize(out).cells[0] as ComparableCell;
    const [a, b, slower] = cell.arms;
    if (!a || !b || !slower || readRunDirectory(out).records.length !== 3 * runs)
      throw new Error("runs are missing");
    const [same] = comparePair(cell, a, b, {});
    if (same?.verdict === "worse" || same?.verdict === "better") falseAlarms++;
    largestRatio = Math.max(largestRatio, same?.ratio?.value ?? 1, 1 / (same?.ratio?.value ?? 1));
    const p95s = (of: typeof a): number[] => (of.runs ?? []).flatMap(({ p95Us }) => p95Us ?? []);
    if (mannWhitney(p95s(a), p95s(b)).pTwoSided <= 0.05) significantAlone++;
    const [planted] = comparePair(cell, a, slower, {});
    if (planted?.verdict === "worse") found++;
    plantedRatios.push(planted?.ratio?.value ?? NaN);
    rmSync(out, { recursive: true, force: true });
  }
  return {
    comparisons,
    falseAlarms,
    significantAlone,
    found,
    plantedRatio: median(plantedRatios),
    largestRatio,
  };
}

if (import.meta.main) {
  const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), "helios-false-alarms-"));
  try {
    const { comparisons, falseAlarms, significantAlone, found, plantedRatio, largestRatio } =
      await measureFalseAlarms(large, directory);
    console.log(
      `| ${comparisons} comparisons of ${large.runs} against ${large.runs} runs | |\n| --- | --- |`,
    );
    console.log(`| same arms flagged (p <= 0.01 and >= 5 %) | ${falseAlarms} |`);
    console.log(`| same arms with p <= 0.05, the effect not looked at | ${significantAlone} |`);
    console.log(`| largest ratio between same arms | ${largestRatio.toFixed(3)}x |`);
    console.log(`| arm with slow writes (${plantedRatio.toFixed(2)}x) flagged | ${found} |`);
    console.log(
      `\nNode ${process.version}, ${large.operations} commits a run, ${large.entries} entries, class process`,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
