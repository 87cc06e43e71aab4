/**
 * The coverage gate's evidence: c8's summary, together with the proof that it belongs to the revision being judged
 * and that tests really ran.
 *
 * `.github/scripts/test.mjs` (behind `make test`) leaves both: `coverage/coverage-summary.json` by c8, and beside
 * it `coverage/test-run.json` with revision, cleanness and counts. A summary of another revision, of a part of the
 * tests or of a tree with local changes is not taken; then the tests are run, by the same script.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceRevision } from "@helios/harness";
import { execa } from "execa";
import type { Evidence } from "./evidence/index.ts";
import { TEST_SCRIPT, isProjectRoot } from "./version.ts";

/** Shares 0..1, and what they were measured on. */
export interface CoverageNumbers {
  readonly lines: number;
  readonly statements: number;
  readonly branches: number;
  readonly functions: number;
  readonly revision: string;
  readonly matchesRevision: boolean;
  readonly testsRun: number;
  readonly testsFailed: number;
  /** `file: name` of failed tests, the first of many. */
  readonly failedTests?: readonly string[];
}

export interface CollectCoverageOptions {
  /** Whether tests may be run where no summary fits. */
  readonly run: boolean;
  readonly onProgress?: (message: string) => void;
  readonly signal?: AbortSignal;
  /** Seconds the tests may take. */
  readonly limitSeconds?: number;
}

const LIMIT_SECONDS = 400;
const RUN_TESTS = "Run `make test` in a checkout of this project, then judge again.";

/** Coverage of the checkout at `root`, from its summary or by running its tests. Never throws for missing evidence. */
export async function collectCoverage(
  root: string,
  options: CollectCoverageOptions,
): Promise<Evidence<CoverageNumbers>> {
  const revision = sourceRevision(root);
  if (!isProjectRoot(root) || revision === undefined) {
    const reason = `${root} is not a Git checkout of Helios with its tests, so there is no revision to cover`;
    return { kind: "missing", reason, remedy: RUN_TESTS };
  }
  const stored = readSummary(root);
  if (stored.kind === "present" && revision.clean && isOf(stored.run, revision.commit))
    return evidence(stored, true);
  if (!options.run) return stored.kind === "present" ? evidence(stored, false) : stored;
  if (process.env["NODE_TEST_CONTEXT"] !== undefined) {
    const reason = "the validation itself runs inside a test, which does not run all tests again";
    return { kind: "missing", reason, remedy: RUN_TESTS };
  }
  options.onProgress?.("running the tests with coverage");
  const problem = await runTests(root, options);
  const made = readSummary(root);
  if (problem !== undefined && made.kind === "missing") {
    return { kind: "missing", reason: problem, remedy: RUN_TESTS };
  }
  if (made.kind === "missing") return made;
  // Run just now on this very tree, so it fits even where the tree has changes that no commit names.
  return evidence(made, made.run.commit === revision.commit && made.run.complete);
}

interface TestRun {
  readonly format: "helios-test-run/1";
  readonly commit?: string;
  readonly clean: boolean;
  readonly complete: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly failedTests?: readonly string[];
}

type Percentages = Record<
  "lines" | "statements" | "branches" | "functions",
  { readonly pct: number | "Unknown" }
>;

type Stored =
  | { readonly kind: "present"; readonly total: Percentages; readonly run: TestRun }
  | { readonly kind: "missing"; readonly reason: string; readonly remedy: string };

function isOf(run: TestRun, commit: string): boolean {
  return run.complete && run.clean && run.commit === commit;
}

function readSummary(root: string): Stored {
  const summary = readJson(join(root, "coverage/coverage-summary.json")) as
    { total?: Percentages } | undefined;
  const run = readJson(join(root, "coverage/test-run.json")) as TestRun | undefined;
  if (summary?.total === undefined || run?.format !== "helios-test-run/1") {
    const reason = "there is no coverage summary with the revision it was made for";
    return { kind: "missing", reason, remedy: RUN_TESTS };
  }
  if (!Number.isSafeInteger(run.passed) || !Number.isSafeInteger(run.failed)) {
    return {
      kind: "missing",
      reason: "the coverage summary does not say how many tests ran",
      remedy: RUN_TESTS,
    };
  }
  return { kind: "present", total: summary.total, run };
}

function evidence(
  { total, run }: Extract<Stored, { kind: "present" }>,
  fits: boolean,
): Evidence<CoverageNumbers> {
  // c8 says "Unknown" where there is nothing to cover; that is no coverage.
  const share = (of: keyof Percentages): number =>
    typeof total[of].pct === "number" ? total[of].pct / 100 : 0;
  return {
    kind: "present",
    grade: "measured",
    source: "coverage/coverage-summary.json (c8)",
    value: {
      lines: share("lines"),
      statements: share("statements"),
      branches: share("branches"),
      functions: share("functions"),
      revision: `${run.commit ?? "unknown"}${run.clean ? "" : " with local changes"}`,
      matchesRevision: fits,
      testsRun: run.passed + run.failed,
      testsFailed: run.failed,
      ...(run.failed > 0 && run.failedTests ? { failedTests: run.failedTests } : {}),
    },
  };
}

/** Why the tests gave no result; undefined where they did, failures included. */
async function runTests(root: string, options: CollectCoverageOptions): Promise<string | undefined> {
  const { signal, limitSeconds = LIMIT_SECONDS } = options;
  const { exitCode, timedOut, stderr } = await execa(process.execPath, [TEST_SCRIPT], {
    cwd: root,
    preferLocal: true,
    localDir: root,
    stdin: "ignore",
    stdout: "ignore",
    timeout: limitSeconds * 1000,
    reject: false,
    ...(signal ? { cancelSignal: signal } : {}),
  });
  signal?.throwIfAborted();
  if (timedOut) return `the tests took longer than ${limitSeconds} s`;
  return exitCode === 0 || exitCode === 1 ? undefined : `the tests could not be run: ${stderr.slice(-300)}`;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as unknown;
  } catch {
    return undefined;
  }
}
