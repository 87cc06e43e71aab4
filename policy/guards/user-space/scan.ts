/**
 * From files to findings. One file at a time is in memory; of each only its findings are kept. A text without any
 * of the trigger words cannot hold a finding and is not parsed, which is what makes ten thousand files quick; it
 * counts as scanned, because the answer for it is known.
 */
import { pinOfBytes, pinOfLine } from "../../exceptions.ts";
import {
  compareFindings,
  throwIfAborted,
  type Finding,
  type GuardProgress,
  type NotScanned,
  type Suppressed,
} from "../guard.ts";
import { reasonOf, type FileSource, type NativeFile } from "./discovery.ts";
import type { FrontEndRow, Surroundings } from "./frontend.ts";
import { Linkage } from "./frontends/c/linkage.ts";
import { scanElf } from "./frontends/elf.ts";
import { claimOf, insideOf } from "./frontends/index.ts";
import type { Hit, ScanResult, Unless } from "./hit.ts";
import { OutsideCalls } from "./outside.ts";
import { ruleById } from "./rules.ts";
import { decoded, mayHoldFinding, mayHoldFindingElsewhere } from "./source-text.ts";
import { covers, suppressionsIn, type Suppression } from "./suppression.ts";
import { releaseTrees, TreeBudgetSpent } from "./syntax/ast-grep.ts";

export const guardId = "user-space-only";

/** What was looked at, by front end: `parsed` went through a grammar, the others hold no word that matters. */
export interface LanguageCoverage {
  readonly language: string;
  readonly files: number;
  readonly parsed: number;
}

export interface TreeScan {
  readonly scanned: number;
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Suppressed[];
  readonly notScanned: readonly NotScanned[];
  readonly languages: readonly LanguageCoverage[];
}

export interface TreeScanOptions {
  readonly source: FileSource;
  readonly onProgress?: (progress: GuardProgress) => void;
  readonly signal?: AbortSignal;
}

/** A grammar needs about ten times the text as memory, and nobody writes a source file this long. */
const parseLimitBytes = 4 * 1024 * 1024;
/** Up to here a text is at least searched for the trigger words. */
const readLimitBytes = 64 * 1024 * 1024;
/** A native addon with debug information may be large; its tables are all that is read. */
const elfLimitBytes = 512 * 1024 * 1024;
/** A hook has a second; definitions of forbidden names are few. */
const mostDefinitionFiles = 40;
/** Sources inside of sources inside of sources: deeper than anyone nests by hand. */
const deepestEmbedding = 8;

let embedding = 0;

/** Source found inside other source: `python3 -c '...'` in a shell script, a manifest in a here-document. */
export const surroundings: Surroundings = {
  embed: (path, code) => {
    const row = rowFor(path, Buffer.from(code.slice(0, 512)));
    if (row === undefined || embedding >= deepestEmbedding || !mayHoldFinding(row, code))
      return { hits: [], problems: [] };
    embedding += 1;
    try {
      // Functions of the C library that the embedded text defines itself are decided here.
      const { hits, problems } = withoutOwn(path, row.frontEnd.scan({ path, text: code }, surroundings));
      return { hits, problems };
    } finally {
      embedding -= 1;
    }
  },
};

/**
 * @throws PolicyError `GUARD_ABORTED` if the signal fired. Nothing that stands in a file makes it throw.
 */
export async function scanTree({ source, onProgress, signal }: TreeScanOptions): Promise<TreeScan> {
  const collector = new Collector(source);
  const total = source.own.length + source.native.length;
  let done = 0;
  const step = (current: string): void => {
    throwIfAborted(signal);
    if (done % 64 === 0) onProgress?.({ done, total, current });
    done += 1;
  };
  for (const file of source.own) {
    step(file);
    await collector.own(file);
  }
  for (const file of source.native) {
    step(file.path);
    await collector.native(file);
  }
  await collector.elsewhere();
  return collector.result();
}

interface Open {
  readonly finding: Finding;
  readonly unless: Unless | undefined;
}

class Collector {
  readonly #source: FileSource;
  readonly #notScanned: NotScanned[];
  readonly #linkage = new Linkage();
  readonly #outside: OutsideCalls;
  /** Findings that stand only if the project does not define the C function itself. */
  readonly #open: Open[] = [];
  readonly #suppressions = new Map<string, readonly Suppression[]>();
  readonly #languages = new Map<string, { files: number; parsed: number }>();
  #scanned = 0;

  constructor(source: FileSource) {
    this.#source = source;
    this.#outside = new OutsideCalls(source, surroundings);
    this.#notScanned = [...source.notScanned];
  }

  async own(file: string): Promise<void> {
    const claim = claimOf(file);
    switch (claim.kind) {
      case "not-source":
        return;
      case "uncovered":
      case "settings": {
        const bytes = await this.#read(file, readLimitBytes);
        if (bytes !== undefined) this.#uncovered(file, bytes, claim.language, claim.kind === "settings");
        return;
      }
      case "covered": {
        const bytes = await this.#read(file, readLimitBytes);
        if (bytes !== undefined) this.#text(file, bytes, claim.row);
        await releaseTrees();
        return;
      }
      case "look-inside": {
        const bytes = await this.#read(file, elfLimitBytes);
        if (bytes === undefined) return;
        const inside = insideOf(bytes);
        if (inside.kind === "elf") this.#elf(file, bytes, undefined);
        if (inside.kind === "script") this.#text(file, bytes, inside.row);
        if (inside.kind === "uncovered") this.#uncovered(file, bytes, inside.language, false);
      }
    }
  }

  async native(file: NativeFile): Promise<void> {
    const bytes = await this.#read(file.path, elfLimitBytes);
    // Prebuilt code for other systems (Mach-O, PE) never meets this kernel.
    if (bytes !== undefined && insideOf(bytes).kind === "elf") this.#elf(file.path, bytes, file.package);
  }

  /** What only the whole project can tell: whose functions are called, and what they do with a command. */
  async elsewhere(): Promise<void> {
    await this.#definitions();
    for (const { file, hits } of await this.#outside.resolved()) {
      const bytes = await this.#read(file, readLimitBytes);
      const text = bytes === undefined ? undefined : decoded(bytes);
      if (text !== undefined) this.#add(file, text, hits);
    }
  }

  /** C functions that the project defines in files that are not looked at (`--staged`). */
  async #definitions(): Promise<void> {
    const names = new Set(this.#open.flatMap(({ unless }) => (unless === undefined ? [] : [unless.name])));
    if (names.size === 0 || this.#source.files.size === this.#source.own.length) return;
    const row = claimOf("a.c");
    if (row.kind !== "covered") return;
    const own = new Set(this.#source.own);
    const mentioned = await this.#source.mentioning([...names], row.row.extensions);
    const files = new Set([...mentioned.values()].flat().filter((file) => !own.has(file)));
    for (const file of [...files].slice(0, mostDefinitionFiles)) {
      const content = await this.#source.read(file, parseLimitBytes).catch(() => undefined);
      const text = content?.kind === "bytes" ? decoded(content.bytes) : undefined;
      if (text === undefined) continue;
      try {
        const { facts } = row.row.frontEnd.scan({ path: file, text }, surroundings);
        if (facts !== undefined) this.#linkage.add(file, facts);
      } catch {
        // Over the budget: then the C library is taken to be meant, which is the safe side.
      }
    }
  }

  result(): TreeScan {
    const findings: Finding[] = [];
    const suppressed: Suppressed[] = [];
    const used = new Set<Suppression>();
    for (const { finding, unless } of this.#open) {
      if (unless !== undefined && this.#linkage.isOwn(finding.file, unless)) continue;
      const beside = (this.#suppressions.get(finding.file) ?? []).filter((each) =>
        covers(each, finding.ruleId, finding.line),
      );
      for (const each of beside) used.add(each);
      const pardon = beside.find((each) => each.reason !== "");
      if (pardon !== undefined) {
        suppressed.push({ finding, by: { kind: "in-source", reason: pardon.reason } });
      } else if (beside.length > 0) {
        const why = "The suppression beside it gives no reason, so it does not count.";
        findings.push({ ...finding, message: `${finding.message} ${why}` });
      } else {
        findings.push(finding);
      }
    }
    for (const [file, suppressions] of this.#suppressions) {
      findings.push(...suppressions.filter((each) => !used.has(each)).map((each) => unused(file, each)));
    }
    return {
      scanned: this.#scanned,
      findings: findings.toSorted(compareFindings),
      suppressed: suppressed.toSorted((a, b) => compareFindings(a.finding, b.finding)),
      notScanned: this.#notScanned.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
      languages: [...this.#languages]
        .map(([language, counts]) => ({ language, ...counts }))
        .toSorted((a, b) => (a.language < b.language ? -1 : 1)),
    };
  }

  #not(file: string, code: string, reason: string): void {
    this.#notScanned.push({ path: file, code, reason });
  }

  #count(language: string, isParsed: boolean): void {
    this.#scanned += 1;
    const counts = this.#languages.get(language) ?? { files: 0, parsed: 0 };
    this.#languages.set(language, { files: counts.files + 1, parsed: counts.parsed + (isParsed ? 1 : 0) });
  }

  async #read(file: string, limitBytes: number): Promise<Uint8Array | undefined> {
    try {
      const found = await this.#source.read(file, limitBytes);
      if (found.kind === "too-large") {
        this.#not(file, "too-large", `${found.sizeBytes} bytes, more than ${limitBytes}`);
        return undefined;
      }
      return found.bytes;
    } catch (error) {
      this.#not(file, "unreadable", reasonOf(error));
      return undefined;
    }
  }

  #uncovered(file: string, bytes: Uint8Array, language: string, isSettings: boolean): void {
    const text = decoded(bytes);
    const isSuspicious = text !== undefined && mayHoldFindingElsewhere(text);
    if (isSuspicious) {
      this.#not(
        file,
        "language-not-covered",
        `no front end for ${language}; it holds words that a finding could be made of`,
      );
    } else if (!isSettings) {
      const reason = `no front end for ${language}; it holds none of the words that a finding could be made of`;
      this.#notScanned.push({ path: file, code: "language-not-covered", reason, harmless: true });
    }
  }

  #text(file: string, bytes: Uint8Array, row: FrontEndRow): void {
    const text = decoded(bytes);
    if (text === undefined) {
      this.#not(file, "not-text", "named like source, but the content is binary");
      return;
    }
    const suppressions = suppressionsIn(text);
    if (suppressions.length > 0) this.#suppressions.set(file, suppressions);
    if (!mayHoldFinding(row, text)) {
      this.#count(row.title, false);
      return;
    }
    const limit = row.limitBytes ?? parseLimitBytes;
    if (bytes.length > limit) {
      this.#not(
        file,
        "too-large",
        `${bytes.length} bytes, more than ${limit}, and not free of suspicious words`,
      );
      return;
    }
    try {
      this.#take(file, text, row, row.frontEnd.scan({ path: file, text }, surroundings));
    } catch (error) {
      const code =
        error instanceof TreeBudgetSpent
          ? "too-large"
          : error instanceof RangeError
            ? "too-deep"
            : "front-end-failed";
      this.#not(file, code, error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown error");
    }
  }

  #take(file: string, text: string, row: FrontEndRow, found: ScanResult): void {
    const [problem] = found.problems;
    if (problem === undefined) this.#count(row.title, true);
    else this.#not(file, problem.code, problem.reason);
    if (found.facts !== undefined) this.#linkage.add(file, found.facts);
    this.#outside.add(file, row, found.outside ?? []);
    this.#add(file, text, found.hits);
  }

  #add(file: string, text: string, hits: readonly Hit[]): void {
    if (hits.length === 0) return;
    const lines = text.split(/\r?\n/);
    for (const each of hits) {
      const finding = { ...findingOf(file, each), sha256: pinOfLine(lines[each.line - 1] ?? "") };
      this.#open.push({ finding, unless: each.unless });
    }
  }

  #elf(file: string, bytes: Uint8Array, packageName: string | undefined): void {
    const found = scanElf(bytes);
    const [problem] = found.problems;
    if (problem === undefined) this.#count("ELF", true);
    else this.#not(file, problem.code, problem.reason);
    for (const each of found.hits) {
      const finding = {
        ...findingOf(file, each),
        sha256: pinOfBytes(bytes),
        ...(packageName !== undefined && { package: packageName }),
      };
      this.#open.push({ finding, unless: undefined });
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

function unused(file: string, suppression: Suppression): Finding {
  const rule = ruleById("suppression-unused");
  const what = `helios-allow: ${suppression.rules.join(", ")}`;
  const at = { line: suppression.line, column: 1 };
  return findingOf(file, { rule, what, ...at });
}

function rowFor(path: string, beginning: Uint8Array): FrontEndRow | undefined {
  const claim = claimOf(path);
  if (claim.kind === "covered") return claim.row;
  const inside = claim.kind === "look-inside" ? insideOf(beginning) : undefined;
  return inside?.kind === "script" ? inside.row : undefined;
}

/** Calls that mean a function of the same file are nobody's business. */
function withoutOwn(path: string, found: ScanResult): ScanResult {
  if (found.facts === undefined) return found;
  const linkage = new Linkage();
  linkage.add(path, found.facts);
  return {
    ...found,
    hits: found.hits.filter((each) => each.unless === undefined || !linkage.isOwn(path, each.unless)),
  };
}

/** One text, for tests and for callers that hold no file: the same judgement, suppressions included. */
export function scanText(path: string, text: string): ScanResult {
  const row = rowFor(path, Buffer.from(text.slice(0, 512)));
  if (row === undefined) return { hits: [], problems: [] };
  const found = mayHoldFinding(row, text)
    ? withoutOwn(path, row.frontEnd.scan({ path, text }, surroundings))
    : { hits: [], problems: [] };
  const suppressions = suppressionsIn(text);
  const isCovered = (each: Hit, by: Suppression): boolean => covers(by, each.rule.id, each.line);
  const leftOver = suppressions.filter((by) => !found.hits.some((each) => isCovered(each, by)));
  return {
    ...found,
    hits: [
      ...found.hits.filter((each) => !suppressions.some((by) => by.reason !== "" && isCovered(each, by))),
      ...leftOver.map(({ line, rules }): Hit => ({
        rule: ruleById("suppression-unused"),
        what: rules.join(", "),
        line,
        column: 1,
      })),
    ],
  };
}
