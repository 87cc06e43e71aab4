/**
 * Runs shared out over several machines or jobs, and put together again. A shard takes whole rounds, the run of every
 * arm with the same number, so that inside a shard the arms are interleaved as ever.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { environmentDifferences } from "./environment.ts";
import { HarnessError } from "./errors.ts";
import { canonicalJson, planHash } from "./plan.ts";
import { type RunDirectory, readRunDirectory } from "./read-run-directory.ts";
import type { CellRecord, RunEvent, ShardRecord } from "./results.ts";
import {
  appendEvent,
  createRunDirectory,
  sealRunDirectory,
  writeEvidence,
  writeJson,
} from "./run-directory.ts";

/** `2/3` as the second of three shards; undefined where the text says no such thing. */
export function parseShard(text: string): ShardRecord | undefined {
  const [, index, count] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text)?.map(Number) ?? [];
  if (index === undefined || count === undefined || index > count) return undefined;
  return { format: "helios-shard/1", index, count };
}

/** Whether a run, by its number within the arm, belongs to a shard. */
export function isInShard(run: number, shard: ShardRecord | undefined): boolean {
  return shard === undefined || run % shard.count === shard.index - 1;
}

/**
 * Puts the sealed directories of all shards of a plan together in `out` and seals it. MERGE_REFUSED, with nothing
 * written, unless they are of one plan and one environment and hold every planned run exactly once.
 */
export function mergeRunDirectories(directories: readonly string[], out: string): void {
  const parts = directories.map((directory) => readRunDirectory(directory));
  const problems = mergeProblems(parts);
  if (problems.length > 0) {
    throw new HarnessError(
      "MERGE_REFUSED",
      `These directories are not all the shards of one run:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
      "Give each shard of one run once, made with the same plan, code and kind of machine; make missing ones with --shard.",
    );
  }
  const [first] = parts as [RunDirectory, ...RunDirectory[]];
  createRunDirectory(out);
  writeJson(out, "plan.json", first.plan);
  writeJson(out, "environment.json", first.environment);
  for (const cell of first.cells.values()) writeJson(out, `runs/${cell.cell}/cell.json`, cell);
  for (const part of parts) {
    const runFiles = part.manifest.files.filter(
      ({ file }) => file.startsWith("runs/") && !file.endsWith("/cell.json"),
    );
    for (const { file } of runFiles) {
      mkdirSync(dirname(join(out, file)), { recursive: true });
      copyFileSync(join(part.directory, file), join(out, file));
    }
    for (const [name, value] of part.evidence) writeEvidence(out, name, value);
  }
  for (const event of mergedEvents(parts)) appendEvent(out, event);
  writeJson(out, "shards.json", {
    format: "helios-shards/1",
    shards: parts.map(({ shard, environment, manifest }) => ({
      index: shard?.index,
      recordedAt: environment.recordedAt,
      loadAverage: environment.loadAverage,
      files: manifest.files.length,
    })),
  });
  sealRunDirectory(out);
}

/** Why the parts are not one whole; empty where they are. */
function mergeProblems(parts: readonly RunDirectory[]): string[] {
  const [first] = parts;
  if (first === undefined) return ["none was given"];
  const foreign = parts.slice(1).flatMap((part) => foreignProblems(first, part));
  // Where plans differ, what is missing or double cannot be said.
  return foreign.length > 0 ? foreign : [...shardProblems(parts), ...runProblems(parts)];
}

function foreignProblems(first: RunDirectory, part: RunDirectory): string[] {
  const at = `${part.directory} against ${first.directory}:`;
  if (planHash(part.plan) !== planHash(first.plan)) return [`${at} another plan (${part.plan.id})`];
  const differences = environmentDifferences(first.environment, part.environment);
  return [
    ...differences.map((difference) => `${at} another environment: ${difference}`),
    ...[...first.cells.values()].flatMap((cell) =>
      comparable(cell) === comparable(part.cells.get(cell.cell))
        ? []
        : [`${at} cell ${cell.cell} is another one (input, expected state or skipped arms)`],
    ),
  ];
}

function comparable(cell: CellRecord | undefined): string {
  return canonicalJson(cell ?? null);
}

function shardProblems(parts: readonly RunDirectory[]): string[] {
  const problems: string[] = [];
  const count = parts[0]?.shard?.count ?? parts.length;
  const seen = new Map<number, string>();
  for (const { directory, shard } of parts) {
    if (shard === undefined) problems.push(`${directory} is no shard: it was made without --shard`);
    else if (shard.count !== count)
      problems.push(`${directory} is one of ${shard.count} shards, not of ${count}`);
    else if (seen.has(shard.index))
      problems.push(`${directory} is shard ${shard.index} once more, like ${seen.get(shard.index)}`);
    else seen.set(shard.index, directory);
  }
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !seen.has(index));
  if (missing.length > 0)
    problems.push(`missing: shard ${missing.map((index) => `${index}/${count}`).join(", ")}`);
  return problems;
}

function runProblems(parts: readonly RunDirectory[]): string[] {
  const problems: string[] = [];
  const seen = new Map<string, string>();
  for (const { directory, records, shard, evidence } of parts) {
    for (const { cell, arm, run } of records) {
      const id = `${cell}/${arm}-${run}`;
      if (seen.has(id)) problems.push(`run ${id} is in ${directory} and in ${seen.get(id)}`);
      else if (!isInShard(run, shard)) problems.push(`run ${id} in ${directory} belongs to another shard`);
      seen.set(id, directory);
    }
    for (const name of evidence.keys()) {
      const other = parts.find((part) => part.directory !== directory && part.evidence.has(name));
      if (other && directory < other.directory)
        problems.push(`evidence ${name} is in ${directory} and in ${other.directory}`);
    }
  }
  const [first] = parts as [RunDirectory];
  for (const cell of first.plan.cells) {
    const record = first.cells.get(cell.id);
    if (record?.absent !== undefined) continue;
    for (const arm of cell.arms) {
      if (record?.skipped?.some((skipped) => skipped.arm === arm.id)) continue;
      for (let run = 0; run < arm.runs; run++) {
        if (!seen.has(`${cell.id}/${arm.id}-${run}`))
          problems.push(`missing: run ${cell.id}/${arm.id}-${run}`);
      }
    }
  }
  return problems;
}

function mergedEvents(parts: readonly RunDirectory[]): RunEvent[] {
  return parts.flatMap(({ events }) => events).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
