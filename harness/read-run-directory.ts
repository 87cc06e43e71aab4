/**
 * Reads the directory described in results.ts. Reading trusts nothing: every file is compared with the manifest
 * before its content is used, and a file that is missing, changed or not listed is named.
 *
 * The manifest proves that the files are the ones the report was made from, because the report carries their
 * hashes; it does not prove who made them.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HarnessError } from "./errors.ts";
import { type Plan, parsePlan } from "./plan.ts";
import type { CellRecord, Environment, RunEvent, RunRecord, ShardRecord } from "./results.ts";
import { DERIVED, EVENTS, MANIFEST, type Manifest, SHARD, listFiles, sha256 } from "./run-directory.ts";

/** What the files of a run directory say, sealed or not. */
export interface RunFiles {
  readonly directory: string;
  readonly plan: Plan;
  readonly environment: Environment;
  readonly cells: ReadonlyMap<string, CellRecord>;
  readonly records: readonly RunRecord[];
  /** Content of `evidence/<name>.json` by name. */
  readonly evidence: ReadonlyMap<string, unknown>;
  readonly events: readonly RunEvent[];
  /** Undefined where the directory is to hold all runs. */
  readonly shard: ShardRecord | undefined;
  /** Raw samples of one series of a run, microseconds; undefined where the run has none. */
  samples(record: RunRecord, series: string): Float64Array | undefined;
}

/** Everything in a sealed run directory. */
export interface RunDirectory extends RunFiles {
  readonly manifest: Manifest;
}

type Contents = ReadonlyMap<string, Buffer>;

/**
 * Reads a sealed directory. RUN_DIRECTORY where it is none or has no manifest (the run was not finished);
 * RUN_TAMPERED, naming the file, where a file is missing, changed or not listed, or where a record disagrees with
 * its place or its samples.
 */
export function readRunDirectory(directory: string): RunDirectory {
  const manifest = readManifest(directory);
  const contents = new Map<string, Buffer>();
  for (const { file, sha256: expected } of manifest.files) {
    if (!existsSync(join(directory, file))) throw tampered(file, "is in the manifest but missing");
    const bytes = readFileSync(join(directory, file));
    if (sha256(bytes) !== expected) throw tampered(file, "is not what the manifest says");
    contents.set(file, bytes);
  }
  for (const file of listFiles(directory)) {
    if (!contents.has(file) && !DERIVED.has(file)) throw tampered(file, "is not in the manifest");
  }
  return { ...filesFrom(directory, contents), manifest };
}

/** What a directory was begun for, sealed or not, without touching it: somebody may be at work there. */
export function readBegun(directory: string): {
  readonly plan: Plan;
  readonly shard: ShardRecord | undefined;
} {
  requireBegun(directory);
  const json = (file: string): unknown => parseJson(file, readFileSync(join(directory, file)));
  const shard = existsSync(join(directory, SHARD))
    ? withFormat<ShardRecord>(SHARD, json(SHARD), "helios-shard/1")
    : undefined;
  return { plan: parsePlan(json("plan.json")), shard };
}

function requireBegun(directory: string): void {
  for (const file of ["plan.json", "environment.json"]) {
    if (existsSync(join(directory, file))) continue;
    throw new HarnessError(
      "RUN_DIRECTORY",
      `${directory} has no ${file}: no runs were begun there`,
      "Give the directory of an interrupted run, or begin a new one without --resume.",
    );
  }
}

/**
 * Reads a directory whose runs were interrupted: plan, environment and what is finished. Leftovers of the run that was
 * cut short (samples without a record, half-written files) are removed. RUN_DIRECTORY where there is nothing to go on
 * with, RUN_TAMPERED where a finished run is not what it says.
 */
export function readUnfinishedDirectory(directory: string): RunFiles {
  if (existsSync(join(directory, MANIFEST))) {
    throw new HarnessError(
      "RUN_DIRECTORY",
      `${directory} is finished and sealed: there is nothing to go on with`,
      "Judge it again with `helios-cli report recheck`, or begin a new run in another directory.",
    );
  }
  requireBegun(directory);
  const contents = new Map(
    listFiles(directory)
      .filter((file) => !file.startsWith("scratch/") && !DERIVED.has(file))
      .map((file) => [file, readFileSync(join(directory, file))] as const),
  );
  for (const file of leftovers(contents)) {
    rmSync(join(directory, file));
    contents.delete(file);
  }
  const events = contents.get(EVENTS);
  if (events !== undefined && events.at(-1) !== 0x0a) {
    // The line that was being written when the process ended.
    const whole = events.subarray(0, events.lastIndexOf(0x0a) + 1);
    writeFileSync(join(directory, EVENTS), whole);
    contents.set(EVENTS, whole);
  }
  return filesFrom(directory, contents);
}

/** Half-written files, and samples of a run that did not come to its record. */
function leftovers(contents: Contents): string[] {
  const named = new Set<string>();
  for (const [file, bytes] of contents) {
    if (!isRunFile(file)) continue;
    const record = parseJson(file, bytes) as Partial<RunRecord> | null;
    for (const { file: samples } of record?.samples ?? []) named.add(samples);
  }
  return [...contents.keys()].filter(
    (file) => file.endsWith(".partial") || (file.endsWith(".f64") && !named.has(file)),
  );
}

function parseJson(file: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch (error) {
    throw tampered(file, "is not JSON", error);
  }
}

function isRunFile(file: string): boolean {
  return file.startsWith("runs/") && file.endsWith(".json") && !file.endsWith("/cell.json");
}

function filesFrom(directory: string, contents: Contents): RunFiles {
  const json = (file: string): unknown => {
    const bytes = contents.get(file);
    if (bytes === undefined) throw tampered(file, "is missing from the manifest");
    return parseJson(file, bytes);
  };
  const plan = parsePlan(json("plan.json"));
  const jsonFiles = [...contents.keys()].filter((file) => file.endsWith(".json"));
  const runFiles = jsonFiles.filter((file) => file.startsWith("runs/"));
  const cellFiles = runFiles.filter((file) => file.endsWith("/cell.json"));
  const cells = new Map(
    cellFiles.map((file) => {
      const cell = withFormat<CellRecord>(file, json(file), "helios-cell/1");
      if (file !== `runs/${cell.cell}/cell.json`) throw tampered(file, `belongs to cell ${cell.cell}`);
      return [cell.cell, cell] as const;
    }),
  );
  const records = runFiles.filter(isRunFile).map((file) => checkedRecord(file, json(file), contents, plan));
  const order = new Map(plan.cells.map((cell, i) => [cell.id, i] as const));
  records.sort(
    (a, b) =>
      (order.get(a.cell) ?? 0) - (order.get(b.cell) ?? 0) ||
      (a.arm < b.arm ? -1 : a.arm > b.arm ? 1 : a.run - b.run),
  );
  const evidence = new Map(
    jsonFiles
      .filter((file) => file.startsWith("evidence/"))
      .map((file) => [file.slice("evidence/".length, -".json".length), json(file)] as const),
  );
  return {
    directory,
    plan,
    environment: withFormat<Environment>(
      "environment.json",
      json("environment.json"),
      "helios-environment/1",
    ),
    cells,
    records,
    evidence,
    events: eventsFrom(contents.get(EVENTS)),
    shard: contents.has(SHARD) ? withFormat<ShardRecord>(SHARD, json(SHARD), "helios-shard/1") : undefined,
    samples(record, series) {
      const entry = record.samples.find((one) => one.series === series);
      return entry && samplesOf(contents.get(entry.file) as Buffer);
    },
  };
}

function checkedRecord(file: string, value: unknown, contents: Contents, plan: Plan): RunRecord {
  const record = withFormat<RunRecord>(file, value, "helios-run/1");
  if (file !== `runs/${record.cell}/${record.arm}-${record.run}.json`) {
    throw tampered(file, `says it is run ${record.run} of ${record.cell}/${record.arm}`);
  }
  const cell = plan.cells.find(({ id }) => id === record.cell);
  const arm = cell?.arms.find(({ id }) => id === record.arm);
  if (!cell || !arm || record.run >= arm.runs) throw tampered(file, "is a run the plan does not have");
  if (record.subject !== arm.subject || record.durability !== cell.durability) {
    throw tampered(file, "has another subject or durability class than the plan");
  }
  for (const { file: sampleFile, sha256: expected, count } of record.samples) {
    const bytes = contents.get(sampleFile);
    if (bytes === undefined) throw tampered(sampleFile, "is named by its run but missing");
    if (sha256(bytes) !== expected || bytes.length !== count * 8)
      throw tampered(sampleFile, "is not what its run recorded");
  }
  return record;
}

function readManifest(directory: string): Manifest {
  let text: string;
  try {
    text = readFileSync(join(directory, MANIFEST), "utf8");
  } catch (error) {
    const state = existsSync(directory) ? "has no manifest: its run was not finished" : "does not exist";
    const remedy = "Give the directory that a finished validation wrote.";
    throw new HarnessError("RUN_DIRECTORY", `${directory} ${state}`, remedy, { cause: error });
  }
  try {
    const manifest = withFormat<Manifest>(MANIFEST, JSON.parse(text), "helios-manifest/1");
    if (!Array.isArray(manifest.files)) throw new TypeError("no list of files");
    for (const { file } of manifest.files) {
      if (typeof file !== "string" || file.split("/").includes("..") || file.startsWith("/")) {
        throw new TypeError(`not a path inside the run directory: ${file}`);
      }
    }
    return manifest;
  } catch (error) {
    throw error instanceof HarnessError ? error : tampered(MANIFEST, "cannot be read", error);
  }
}

function withFormat<T extends { readonly format: string }>(
  file: string,
  value: unknown,
  format: T["format"],
): T {
  const found = (value as { format?: unknown } | null)?.format;
  if (found !== format) throw tampered(file, `has format ${JSON.stringify(found)}, not ${format}`);
  return value as T;
}

function eventsFrom(bytes: Buffer | undefined): RunEvent[] {
  if (bytes === undefined) return [];
  const lines = bytes.toString("utf8").split("\n").slice(0, -1);
  try {
    return lines.map((line) => JSON.parse(line) as RunEvent);
  } catch (error) {
    throw tampered(EVENTS, "is not a list of events", error);
  }
}

function samplesOf(bytes: Buffer): Float64Array {
  const samples = new Float64Array(bytes.length / 8);
  for (let i = 0; i < samples.length; i++) samples[i] = bytes.readDoubleLE(i * 8);
  return samples;
}

function tampered(file: string, what: string, cause?: unknown): HarnessError {
  return new HarnessError(
    "RUN_TAMPERED",
    `${file} ${what}`,
    "Restore the file from where the run was made, or run the validation again.",
    cause === undefined ? undefined : { cause },
  );
}
