/**
 * Writes and reads the directory described in results.ts. Reading trusts nothing: every file is compared with
 * the manifest before its content is used, and a file that is missing, changed or not listed is named.
 *
 * The manifest proves that the files are the ones the report was made from, because the report carries their
 * hashes; it does not prove who made them.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { HarnessError } from "./errors.ts";
import { type Plan, canonicalJson, parsePlan } from "./plan.ts";
import type { CellRecord, Environment, RunRecord, SampleSeries } from "./results.ts";

export interface Manifest {
  readonly format: "helios-manifest/1";
  /** Ascending by path. */
  readonly files: readonly { readonly file: string; readonly sha256: string; readonly sizeBytes: number }[];
}

/** Everything in a sealed run directory. */
export interface RunDirectory {
  readonly directory: string;
  readonly plan: Plan;
  readonly environment: Environment;
  readonly cells: ReadonlyMap<string, CellRecord>;
  readonly records: readonly RunRecord[];
  /** Content of `evidence/<name>.json` by name. */
  readonly evidence: ReadonlyMap<string, unknown>;
  readonly manifest: Manifest;
  /** Raw samples of one series of a run, microseconds; undefined where the run has none. */
  samples(record: RunRecord, series: string): Float64Array | undefined;
}

const MANIFEST = "manifest.json";
/** Computed from the other files, so not part of the manifest. */
const DERIVED = new Set([MANIFEST, "report.json", "report.md", "report.html"]);

/** Makes the directory, or takes an empty one; anything else is refused with nothing written. */
export function createRunDirectory(directory: string): void {
  let entries: string[] = [];
  try {
    entries = readdirSync(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") {
      const remedy = "Give a directory that can be written, or a name that does not exist yet.";
      throw new HarnessError("RUN_DIRECTORY", `Cannot use ${directory}: ${code}`, remedy, { cause: error });
    }
  }
  if (entries.length > 0) {
    throw new HarnessError(
      "RUN_DIRECTORY",
      `${directory} is not empty`,
      "Give an empty directory, or a name that does not exist yet: runs are never mixed.",
    );
  }
  try {
    mkdirSync(join(directory, "runs"), { recursive: true });
    mkdirSync(join(directory, "evidence"), { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const remedy = "Give a directory that can be written.";
    throw new HarnessError("RUN_DIRECTORY", `Cannot write in ${directory}: ${code}`, remedy, {
      cause: error,
    });
  }
}

/** Writes `<directory>/<file>` as canonical JSON, whole or not at all. */
export function writeJson(directory: string, file: string, value: unknown): void {
  const path = join(directory, file);
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  writeFileSync(partial, `${canonicalJson(value)}\n`);
  renameSync(partial, path);
}

export function writeRunRecord(directory: string, stem: string, record: RunRecord): void {
  writeJson(directory, `${stem}.json`, record);
}

/** Writes raw samples as little-endian float64 and returns their entry for the record. */
export function writeSamples(
  directory: string,
  stem: string,
  series: string,
  samples: Float64Array,
): SampleSeries {
  const bytes = Buffer.alloc(samples.length * 8);
  samples.forEach((sample, i) => bytes.writeDoubleLE(sample, i * 8));
  const file = `${stem}.${series}.f64`;
  mkdirSync(dirname(join(directory, file)), { recursive: true });
  writeFileSync(join(directory, file), bytes);
  return { series, file, count: samples.length, sha256: sha256(bytes) };
}

/** Writes `evidence/<name>.json`. */
export function writeEvidence(directory: string, name: string, value: unknown): void {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) throw new RangeError(`not a name for evidence: ${name}`);
  writeJson(directory, `evidence/${name}.json`, value);
}

/** Writes the manifest over everything present. From then on nothing may change. */
export function sealRunDirectory(directory: string): Manifest {
  const files = listFiles(directory)
    .filter((file) => !DERIVED.has(file))
    .map((file) => {
      const bytes = readFileSync(join(directory, file));
      return { file, sha256: sha256(bytes), sizeBytes: bytes.length };
    });
  const manifest: Manifest = { format: "helios-manifest/1", files };
  writeJson(directory, MANIFEST, manifest);
  return manifest;
}

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
  const json = (file: string): unknown => {
    const bytes = contents.get(file);
    if (bytes === undefined) throw tampered(file, "is missing from the manifest");
    try {
      return JSON.parse(bytes.toString("utf8")) as unknown;
    } catch (error) {
      throw tampered(file, "is not JSON", error);
    }
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
  const records = runFiles
    .filter((file) => !file.endsWith("/cell.json"))
    .map((file) => checkedRecord(file, json(file), contents, plan));
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
    manifest,
    samples(record, series) {
      const entry = record.samples.find((one) => one.series === series);
      return entry && samplesOf(contents.get(entry.file) as Buffer);
    },
  };
}

function checkedRecord(
  file: string,
  value: unknown,
  contents: ReadonlyMap<string, Buffer>,
  plan: Plan,
): RunRecord {
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

function samplesOf(bytes: Buffer): Float64Array {
  const samples = new Float64Array(bytes.length / 8);
  for (let i = 0; i < samples.length; i++) samples[i] = bytes.readDoubleLE(i * 8);
  return samples;
}

function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.replace(/\/+$/, "").length + 1))
    .map((file) => file.split(sep).join("/"))
    .sort();
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function tampered(file: string, what: string, cause?: unknown): HarnessError {
  return new HarnessError(
    "RUN_TAMPERED",
    `${file} ${what}`,
    "Restore the file from where the run was made, or run the validation again.",
    cause === undefined ? undefined : { cause },
  );
}
