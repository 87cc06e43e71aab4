/**
 * Recorded pardons: one reviewed file that says which finding is accepted, for which package or path, why, by
 * whom and until when. Whoever reads the file can see everything the guards do not fail on.
 *
 *     format: helios-exceptions/1
 *     exceptions:
 *       - id: rocksdb-apache-arm
 *         guard: licences
 *         rules: [licences/text-denied]
 *         package: "@nxtedition/rocksdb@15.*"
 *         files:
 *           - path: deps/**\/COPYING.AGPLv3
 *             sha256: <64 hex>
 *         chosen: Apache-2.0
 *         components: [zstd, folly]
 *         reason: why this is right
 *         owner: maintainers
 *         expires: 2027-03-31
 *
 * An exception pardons less over time, never more: past `expires` it covers nothing and is itself an error, and so
 * is one that covers nothing any more. A finding pinned to a hash is covered only by an exception with that hash,
 * so a changed text or binary has to be looked at again.
 */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { PolicyError } from "./errors.ts";
import { matchesGlob } from "./glob.ts";
import type { Finding, Suppressed } from "./guards/guard.ts";
import { YamlReader } from "./yaml-reader.ts";
import type { PolicyFileKind } from "./yaml-reader.ts";

export interface ExceptionFile {
  /** Glob, relative to the package where one is named, else to the root. */
  readonly path: string;
  /** Lower-case hex; undefined covers only findings that are not pinned. */
  readonly sha256: string | undefined;
}

export interface Exception {
  readonly id: string;
  /** The guard whose findings it covers. */
  readonly guard: string;
  /** Rule ids it covers; never "all". */
  readonly rules: readonly string[];
  /** Glob over `name@version`. */
  readonly package: string | undefined;
  readonly files: readonly ExceptionFile[];
  readonly reason: string;
  readonly owner: string;
  /** Last day it holds, `YYYY-MM-DD`. */
  readonly expires: string;
  /** Licence arm chosen where a choice is offered. */
  readonly chosen: string | undefined;
  /** What is linked into a binary it covers; goes into NOTICE. */
  readonly components: readonly string[];
  /** Where it stands in the file, 1-based. */
  readonly line: number;
}

export interface ExceptionSet {
  /** The file, relative to the root that is guarded; undefined for the empty set. */
  readonly file: string | undefined;
  readonly entries: readonly Exception[];
  /** The day it is judged on, `YYYY-MM-DD` (UTC). */
  readonly asOf: string;
}

/** Places where a project may keep its exceptions; the first that exists is read. */
export const exceptionFileNames = [
  "policy/exceptions.yaml",
  "helios-exceptions.yaml",
  ".helios-exceptions.yaml",
];

/** Beyond this a policy file is not something a person reviewed. */
const sizeLimitBytes = 1024 * 1024;

export function noExceptions(now: Date): ExceptionSet {
  return { file: undefined, entries: [], asOf: dayOf(now) };
}

/**
 * Reads the exceptions of a project; none is the empty set.
 * @throws PolicyError `EXCEPTIONS_UNREADABLE` (a file that was named is missing, a file is too large or cannot be
 *   read) or `EXCEPTIONS_INVALID` (message names file and line).
 */
export async function loadExceptions(
  root: string,
  options: { now: Date; file?: string },
): Promise<ExceptionSet> {
  const candidates = options.file === undefined ? exceptionFileNames : [options.file];
  for (const candidate of candidates) {
    const absolute = path.resolve(root, candidate);
    const text = await readIfPresent(absolute, candidate);
    if (text === undefined) continue;
    const shown = path.relative(path.resolve(root), absolute).split(path.sep).join("/");
    return parseExceptions(text, shown, options.now);
  }
  if (options.file === undefined) return noExceptions(options.now);
  throw new PolicyError(
    "EXCEPTIONS_UNREADABLE",
    `exceptions file ${options.file} does not exist`,
    "name an existing file, or none to use the project's own",
  );
}

async function readIfPresent(absolute: string, shown: string): Promise<string | undefined> {
  try {
    const { size } = await stat(absolute);
    if (size > sizeLimitBytes) throw new Error(`${size} bytes, more than ${sizeLimitBytes}`);
    return await readFile(absolute, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new PolicyError(
      "EXCEPTIONS_UNREADABLE",
      `exceptions file ${shown} cannot be read: ${(cause as Error).message}`,
      "make it a readable YAML file below 1 MiB",
      { cause },
    );
  }
}

const kind: PolicyFileKind = {
  code: "EXCEPTIONS_INVALID",
  remedy:
    "correct that place; the fields are described in policy/README.md and policy/exceptions.schema.json",
};

/** @throws PolicyError `EXCEPTIONS_INVALID`, with file, line and column of the first mistake. */
export function parseExceptions(text: string, file: string, now: Date): ExceptionSet {
  const reader = new YamlReader(text, file, kind);
  const top = reader.map(reader.contents, "the file", ["$schema", "format", "exceptions"]);
  reader.oneOf(top, "format", ["helios-exceptions/1"]);
  const entries = reader.list(top, "exceptions").map((node) => readException(node, reader));
  const seen = new Map<string, number>();
  reader.list(top, "exceptions").forEach((node, at) => {
    const { id, line } = entries[at]!;
    const first = seen.get(id);
    if (first !== undefined) throw reader.invalid(node, `id ${id} is already used in line ${first}`);
    seen.set(id, line);
  });
  return { file, entries, asOf: dayOf(now) };
}

const exceptionKeys = [
  "id",
  "guard",
  "rules",
  "package",
  "files",
  "reason",
  "owner",
  "expires",
  "chosen",
  "components",
];

function readException(node: unknown, reader: YamlReader): Exception {
  const map = reader.map(node, "an exception", exceptionKeys);
  const guard = reader.text(map, "guard");
  const rules = reader.texts(map, "rules");
  if (rules.length === 0) throw reader.invalid(map.get("rules", true), "rules must name at least one rule");
  for (const rule of rules) {
    if (!rule.startsWith(`${guard}/`))
      throw reader.invalid(map.get("rules", true), `rule ${rule} is not a rule of guard ${guard}`);
  }
  const files = map.has("files") ? reader.list(map, "files").map((file) => readFileEntry(file, reader)) : [];
  const packageGlob = reader.optionalText(map, "package");
  if (packageGlob === undefined && files.length === 0) {
    throw reader.invalid(map, "an exception needs a package or files; one that covers everything is refused");
  }
  return {
    id: reader.text(map, "id"),
    guard,
    rules,
    package: packageGlob,
    files,
    reason: reader.text(map, "reason"),
    owner: reader.text(map, "owner"),
    expires: reader.day(map, "expires"),
    chosen: reader.optionalText(map, "chosen"),
    components: map.has("components") ? reader.texts(map, "components") : [],
    line: reader.lineOf(map),
  };
}

function readFileEntry(node: unknown, reader: YamlReader): ExceptionFile {
  const map = reader.map(node, "an entry of files", ["path", "sha256"]);
  const sha256 = reader.optionalText(map, "sha256")?.toLowerCase();
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw reader.invalid(map.get("sha256", true), "sha256 must be 64 hexadecimal digits");
  }
  return { path: reader.text(map, "path"), sha256 };
}

/** Whether it still holds on the day of judgement; the day of `expires` is included. */
export function isExpired(exception: Exception, asOf: string): boolean {
  return asOf > exception.expires;
}

/** What of an exception covers a finding: one of its files, or its package as a whole. */
type Cover = ExceptionFile | "package";

/** Whether an exception is about this finding, whatever its date. */
function coverOf(exception: Exception, guard: string, finding: Finding): Cover | undefined {
  if (exception.guard !== guard || !exception.rules.includes(finding.ruleId)) return undefined;
  if (exception.package !== undefined) {
    if (finding.package === undefined || !matchesGlob(finding.package, exception.package)) return undefined;
  }
  if (exception.files.length === 0) return finding.sha256 === undefined ? "package" : undefined;
  const relative = exception.package === undefined ? finding.file : insidePackage(finding);
  return exception.files.find(
    (file) =>
      matchesGlob(relative, file.path) && (finding.sha256 === undefined || finding.sha256 === file.sha256),
  );
}

/** Path below the finding's package directory, so that one exception holds wherever npm puts the package. */
function insidePackage(finding: Finding): string {
  const name = finding.package!.slice(0, finding.package!.lastIndexOf("@"));
  const marker = `node_modules/${name}/`;
  const at = finding.file.lastIndexOf(marker);
  return at < 0 ? finding.file : finding.file.slice(at + marker.length);
}

/**
 * Moves pardoned findings to `suppressed` and adds the findings about the exceptions themselves:
 * `<guard>/exception-expired` and `<guard>/exception-unused`, both errors. Pure; keeps the order of findings.
 *
 * `partial`: only some files were looked at (staged files), so an exception without a finding means nothing.
 * `dormant`: an exception about something that exists but cannot be looked at here (a binary for another platform).
 */
export function applyExceptions(input: {
  readonly guard: string;
  readonly findings: readonly Finding[];
  readonly exceptions: ExceptionSet;
  readonly partial?: boolean;
  readonly dormant?: (exception: Exception) => boolean;
}): { readonly findings: readonly Finding[]; readonly suppressed: readonly Suppressed[] } {
  const { guard, exceptions: set } = input;
  const entries = set.entries.filter((entry) => entry.guard === guard);
  const inForce = entries.filter((entry) => !isExpired(entry, set.asOf));
  const used = new Set<Exception | ExceptionFile>();
  const findings: Finding[] = [];
  const suppressed: Suppressed[] = [];
  for (const finding of input.findings) {
    const exception = inForce.find((entry) => coverOf(entry, guard, finding) !== undefined);
    if (exception === undefined) {
      findings.push(finding);
    } else {
      suppressed.push({ finding, by: { kind: "exception", exception } });
    }
    // Usage is counted for all that cover it: of two that say the same neither is left over by chance.
    for (const entry of inForce) {
      const cover = coverOf(entry, guard, finding);
      if (cover !== undefined) used.add(entry);
      if (cover !== undefined && cover !== "package") used.add(cover);
    }
  }
  for (const entry of entries) {
    if (isExpired(entry, set.asOf)) {
      findings.push(
        about(entry, set, "exception-expired", `expired on ${entry.expires}; decide again or remove it`),
      );
    } else if (input.partial !== true && input.dormant?.(entry) !== true) {
      findings.push(...leftovers(entry, used, set));
    }
  }
  return { findings, suppressed };
}

/** An exception that covers nothing, or those of its files that cover nothing. */
function leftovers(
  entry: Exception,
  used: ReadonlySet<Exception | ExceptionFile>,
  set: ExceptionSet,
): readonly Finding[] {
  if (!used.has(entry)) return [about(entry, set, "exception-unused", "covers nothing any more; remove it")];
  return entry.files
    .filter((file) => !used.has(file))
    .map((file) =>
      about(
        entry,
        set,
        "exception-unused",
        `covers nothing with its file ${file.path} any more; remove that`,
      ),
    );
}

function about(entry: Exception, set: ExceptionSet, rule: string, what: string): Finding {
  return {
    ruleId: `${entry.guard}/${rule}`,
    level: "error",
    category: "exceptions",
    message: `Exception ${entry.id} ${what}.`,
    file: set.file ?? "",
    line: entry.line,
    column: 1,
  };
}

/** Hash of a text or binary file for `Finding.sha256`. */
export function pinOfBytes(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Hash of a source line for `Finding.sha256`; indentation may change without a new review. */
export function pinOfLine(line: string): string {
  return createHash("sha256").update(line.trim()).digest("hex");
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
