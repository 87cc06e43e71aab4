/** Writes the directory described in results.ts; `read-run-directory.ts` reads it. */
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { HarnessError } from "./errors.ts";
import { canonicalJson } from "./plan.ts";
import type { RunEvent, RunRecord, SampleSeries } from "./results.ts";

export interface Manifest {
  readonly format: "helios-manifest/1";
  /** Ascending by path. */
  readonly files: readonly { readonly file: string; readonly sha256: string; readonly sizeBytes: number }[];
}

export const MANIFEST = "manifest.json";
export const EVENTS = "events.jsonl";
export const SHARD = "shard.json";
/** Computed from the other files, so not part of the manifest. */
export const DERIVED: ReadonlySet<string> = new Set([
  MANIFEST,
  "report.json",
  "report.md",
  "report.html",
  "comparison.json",
]);

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

/** Adds a line to the list of what happened while the runs were made. */
export function appendEvent(directory: string, event: RunEvent): void {
  appendFileSync(join(directory, EVENTS), `${canonicalJson(event)}\n`);
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

/** Files below a directory, as paths with `/`, ascending. */
export function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.replace(/\/+$/, "").length + 1))
    .map((file) => file.split(sep).join("/"))
    .sort();
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
