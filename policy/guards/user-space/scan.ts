/**
 * From files to findings. One file at a time is in memory; of each only its findings are kept. A text without any
 * of the trigger words cannot hold a finding and is not parsed, which is what makes ten thousand files quick; it
 * counts as scanned, because the answer for it is known.
 */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { pinOfBytes, pinOfLine } from "../../exceptions.ts";
import { PolicyError } from "../../errors.ts";
import {
  compareFindings,
  type Finding,
  type GuardProgress,
  type NotScanned,
  type Suppressed,
} from "../guard.ts";
import { discover, reasonOf, type NativeFile } from "./discovery.ts";
import type { FrontEndRow, Surroundings } from "./frontend.ts";
import { frontEnd as javascript } from "./frontends/javascript.ts";
import { frontEnd as python } from "./frontends/python.ts";
import { claimOf, insideOf } from "./frontends/index.ts";
import { scanElf } from "./frontends/elf.ts";
import type { Hit, ScanResult } from "./hit.ts";
import { triggerWords } from "./rules.ts";
import { suppressionOf } from "./suppression.ts";

export const guardId = "user-space-only";

export interface TreeScan {
  readonly scanned: number;
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Suppressed[];
  readonly notScanned: readonly NotScanned[];
}

export interface TreeScanOptions {
  readonly root: string;
  /** Relative paths to look at instead of everything (staged files). */
  readonly only?: readonly string[];
  readonly onProgress?: (progress: GuardProgress) => void;
  readonly signal?: AbortSignal;
}

/** A grammar needs about ten times the text as memory, and nobody writes a source file this long. */
export const parseLimitBytes = 4 * 1024 * 1024;
/** Up to here a text is at least searched for the trigger words. */
export const readLimitBytes = 64 * 1024 * 1024;
/** A native addon with debug information may be large; its tables are all that is read. */
const elfLimitBytes = 512 * 1024 * 1024;

/** Source found inside other source: `python3 -c '...'` in a shell script, `node -e` in a workflow. */
export const surroundings: Surroundings = {
  embed: (language, code) => {
    const frontEnd = language === "python" ? python : javascript;
    const found = frontEnd.scan(
      { path: language === "python" ? "embedded.py" : "embedded.js", text: code },
      surroundings,
    );
    return { hits: found.hits, problems: [] };
  },
};

/**
 * @throws PolicyError `GUARD_ROOT` if `root` is no directory, `GUARD_ABORTED` if the signal fired. Nothing that
 *   stands in a file makes it throw.
 */
export async function scanTree(options: TreeScanOptions): Promise<TreeScan> {
  const { root } = options;
  const isDirectory = await stat(root).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (!isDirectory)
    throw new PolicyError("GUARD_ROOT", `${root} is not a directory`, "name the directory to check");
  const collector = new Collector(root);
  const discovered =
    options.only === undefined ? await discover(root) : { own: options.only, native: [], notScanned: [] };
  collector.notScanned.push(...discovered.notScanned);
  const total = discovered.own.length + discovered.native.length;
  let done = 0;
  const step = (current: string): void => {
    if (options.signal?.aborted === true) {
      throw new PolicyError("GUARD_ABORTED", "the scan was aborted", "run it again", {
        cause: options.signal.reason,
      });
    }
    if (done % 64 === 0) options.onProgress?.({ done, total, current });
    done += 1;
  };
  for (const file of discovered.own) {
    step(file);
    await collector.own(file);
  }
  for (const file of discovered.native) {
    step(file.path);
    await collector.native(file);
  }
  return collector.result();
}

class Collector {
  readonly notScanned: NotScanned[] = [];
  readonly #root: string;
  readonly #definitions = new Set<string>();
  /** Findings that stand only if the project does not define the C function itself. */
  readonly #open: {
    readonly finding: Finding;
    readonly own: string;
    readonly above: string;
    readonly unlessDefined: string | undefined;
  }[] = [];
  #scanned = 0;

  constructor(root: string) {
    this.#root = root;
  }

  async own(file: string): Promise<void> {
    const claim = claimOf(file);
    switch (claim.kind) {
      case "not-source":
        return;
      case "uncovered":
        this.#not(file, "language-not-covered", `no front end for ${claim.language}`);
        return;
      case "covered": {
        const bytes = await this.#read(file, readLimitBytes);
        if (bytes !== undefined) this.#source(file, bytes, claim.row);
        return;
      }
      case "look-inside": {
        const bytes = await this.#read(file, elfLimitBytes);
        if (bytes === undefined) return;
        const inside = insideOf(bytes);
        if (inside.kind === "elf") this.#elf(file, bytes, undefined);
        if (inside.kind === "script") this.#source(file, bytes, inside.row);
        if (inside.kind === "uncovered")
          this.#not(file, "language-not-covered", `no front end for ${inside.language}`);
      }
    }
  }

  async native(file: NativeFile): Promise<void> {
    const bytes = await this.#read(file.path, elfLimitBytes);
    // Prebuilt code for other systems (Mach-O, PE) never meets this kernel.
    if (bytes !== undefined && insideOf(bytes).kind === "elf") this.#elf(file.path, bytes, file.package);
  }

  result(): TreeScan {
    const findings: Finding[] = [];
    const suppressed: Suppressed[] = [];
    for (const { finding, own, above, unlessDefined } of this.#open) {
      if (unlessDefined !== undefined && this.#definitions.has(unlessDefined)) continue;
      const suppression = suppressionOf(finding.ruleId, own, above);
      if (suppression.kind === "suppressed") {
        suppressed.push({ finding, by: { kind: "in-source", reason: suppression.reason } });
      } else if (suppression.kind === "without-reason") {
        findings.push({
          ...finding,
          message: `${finding.message} The suppression beside it gives no reason, so it does not count.`,
        });
      } else {
        findings.push(finding);
      }
    }
    return {
      scanned: this.#scanned,
      findings: findings.toSorted(compareFindings),
      suppressed: suppressed.toSorted((a, b) => compareFindings(a.finding, b.finding)),
      notScanned: this.notScanned.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
    };
  }

  #not(file: string, code: string, reason: string): void {
    this.notScanned.push({ path: file, code, reason });
  }

  async #read(file: string, limitBytes: number): Promise<Uint8Array | undefined> {
    try {
      const absolute = path.join(this.#root, file);
      const { size } = await stat(absolute);
      if (size > limitBytes) {
        this.#not(file, "too-large", `${size} bytes, more than ${limitBytes}`);
        return undefined;
      }
      return await readFile(absolute);
    } catch (error) {
      this.#not(file, "unreadable", reasonOf(error));
      return undefined;
    }
  }

  #source(file: string, bytes: Uint8Array, row: FrontEndRow): void {
    const text = decoded(bytes);
    if (text === undefined) {
      this.#not(file, "not-text", "named like source, but the content is binary");
      return;
    }
    if (!mayHoldFinding(row, text)) {
      this.#scanned += 1;
      return;
    }
    if (bytes.length > parseLimitBytes) {
      this.#not(
        file,
        "too-large",
        `${bytes.length} bytes, more than ${parseLimitBytes}, and not free of suspicious words`,
      );
      return;
    }
    let found: ScanResult;
    try {
      found = row.frontEnd.scan({ path: file, text }, surroundings);
    } catch (error) {
      this.#not(
        file,
        "front-end-failed",
        error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown error",
      );
      return;
    }
    this.#take(file, text, found);
  }

  #take(file: string, text: string, found: ScanResult): void {
    const [problem] = found.problems;
    if (problem === undefined) this.#scanned += 1;
    else this.#not(file, problem.code, problem.reason);
    for (const name of found.definitions ?? []) this.#definitions.add(name);
    if (found.hits.length === 0) return;
    const lines = text.split(/\r?\n/);
    for (const each of found.hits) {
      this.#open.push({
        finding: { ...findingOf(file, each), sha256: pinOfLine(lines[each.line - 1] ?? "") },
        // Not the whole file: the two lines a suppression may stand on.
        own: lines[each.line - 1] ?? "",
        above: lines[each.line - 2] ?? "",
        unlessDefined: each.unlessDefined,
      });
    }
  }

  #elf(file: string, bytes: Uint8Array, packageName: string | undefined): void {
    const found = scanElf(bytes);
    const [problem] = found.problems;
    if (problem === undefined) this.#scanned += 1;
    else this.#not(file, problem.code, problem.reason);
    for (const each of found.hits) {
      const finding = {
        ...findingOf(file, each),
        sha256: pinOfBytes(bytes),
        ...(packageName !== undefined && { package: packageName }),
      };
      this.#open.push({ finding, own: "", above: "", unlessDefined: undefined });
    }
  }
}

function findingOf(file: string, found: Hit): Finding {
  return {
    ruleId: `${guardId}/${found.rule.id}`,
    level: found.rule.level,
    category: found.rule.category,
    message: `${found.what} ${found.rule.reason}.`,
    file,
    line: found.line,
    column: found.column,
  };
}

function mayHoldFinding(row: FrontEndRow, text: string): boolean {
  return triggerWords.test(text) && (row.alsoNeeds === undefined || row.alsoNeeds.test(text));
}

/** UTF-8, UTF-16 with a mark, and as a last resort bytes as they are; undefined for what is no text. */
function decoded(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  if (bytes.subarray(0, 8192).includes(0)) return undefined;
  return new TextDecoder("utf-8").decode(bytes);
}

/** One text, for tests and for callers that hold no file: the same judgement, without suppression. */
export function scanText(file: string, text: string): ScanResult {
  const claim = claimOf(file);
  const inside = claim.kind === "look-inside" ? insideOf(Buffer.from(text)) : undefined;
  const row = claim.kind === "covered" ? claim.row : inside?.kind === "script" ? inside.row : undefined;
  if (row === undefined || !mayHoldFinding(row, text)) return { hits: [], problems: [] };
  const found = row.frontEnd.scan({ path: file, text }, surroundings);
  const definitions = new Set(found.definitions ?? []);
  return {
    ...found,
    hits: found.hits.filter(
      (each) => each.unlessDefined === undefined || !definitions.has(each.unlessDefined),
    ),
  };
}
