/**
 * Proves that a store is what it says: every byte of the journal by its checksum, every object by its hash, every commit
 * by computing its state again, every row by what it names. It trusts nothing that it can compute, names what is damaged
 * and whom that affects, and goes on.
 *
 * It reads what is on disk and changes nothing; a process may go on writing to the store meanwhile.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { errnoOf, HeliosError } from "./errors.ts";
import { readFormat } from "./store/format.ts";
import type { ObjectStore } from "./store/object-store.ts";
import { openL2Reader } from "./store/open-l2.ts";
import { type Damage, type DamagedKind, type Finding, Findings } from "./verify/damage.ts";
import type { Sampled } from "./verify/sample.ts";

export type { Damage, DamagedKind } from "./verify/damage.ts";

/** Which store is checked, and how much of it. */
export interface VerifyOptions {
  /** The store root. */
  readonly root: string;
  /** Look at so many objects, chosen at random, instead of at everything. */
  readonly sample?: number;
  /** Seed of the choice; default: another one each time. */
  readonly seed?: number;
  /** Threads that hash; default: one for each processor where there is enough to hash. */
  readonly threads?: number;
  /** Told how far each step is. */
  readonly onProgress?: (step: VerifyStep, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What a check is at. */
export type VerifyStep = "journal" | "objects" | "commits" | "rows";

/** What a full check found. */
export interface VerifyReport {
  readonly mode: "full";
  readonly sound: boolean;
  readonly checked: {
    readonly journalSegments: number;
    readonly journalRecords: number;
    readonly journalBytes: number;
    readonly commits: number;
    readonly nodes: number;
    readonly contents: number;
    readonly objectBytes: number;
    readonly rows: number;
    readonly refs: number;
  };
  /** Of a write that was never acknowledged: the next writer cuts them off. */
  readonly unfinishedBytes: number;
  /** A collection was killed: the next opening for writing finishes it or takes it back. */
  readonly unfinishedCollection: boolean;
  readonly damageCount: number;
  /** At most 100 of them. */
  readonly damages: readonly Damage[];
}

/** What a sample showed, and what it could have shown. */
export interface SampleReport extends Sampled {
  readonly mode: "sample";
  /** No damage among the objects looked at. It says nothing about the others. */
  readonly noDamageSeen: boolean;
  readonly damageCount: number;
  readonly damages: readonly Damage[];
}

const DAMAGES_KEPT = 100;

/**
 * Cost: reads everything once; about 1 GB/s of contents for each thread and 15 us a commit. Nothing is written beside
 * the reader's view of the object store. STORE_MISSING, STORE_FORMAT, L2_UNAVAILABLE, ABORTED; damage is no error.
 */
export async function verifyStore(options: VerifyOptions): Promise<VerifyReport | SampleReport> {
  const findings = new Findings(DAMAGES_KEPT);
  const l2 = await openObjects(options.root, findings);
  try {
    // Loaded when somebody verifies: every program that uses the engine would wait for it.
    if (options.sample !== undefined) {
      const { sampleObjects } = await import("./verify/sample.ts");
      const sampled = sampleObjects(l2, options.sample, options.seed ?? randomSeed(), findings);
      return {
        mode: "sample",
        noDamageSeen: findings.count === 0,
        ...sampled,
        damageCount: findings.count,
        damages: findings.kept.map((finding) => ({ ...withoutHash(finding), refs: [], paths: [] })),
      };
    }
    const { FullCheck } = await import("./verify/full-check.ts");
    const check = new FullCheck(options, l2, findings);
    const checked = await check.run();
    return {
      mode: "full",
      sound: findings.count === 0,
      ...checked,
      damageCount: findings.count,
      damages: check.damages(),
    };
  } finally {
    await l2?.close();
  }
}

/** The object store, or undefined with a finding where it is too damaged to open. */
async function openObjects(root: string, findings: Findings): Promise<ObjectStore | undefined> {
  let where: Pick<Finding, "kind" | "where"> = { kind: "format", where: join(root, "format.json") };
  try {
    const format = readFormat(root);
    if (format === undefined)
      throw new HeliosError(
        "STORE_MISSING",
        `there is no Helios store at ${root}`,
        "Name another with --store.",
      );
    where = { kind: "backend", where: join(root, format.objects) };
    return await openL2Reader(root, format);
  } catch (error) {
    if (!(error instanceof HeliosError) || !isDamage(error, where.kind)) throw error;
    findings.add({ ...where, code: error.code, problem: error.message });
    return undefined;
  }
}

/** A file of the backend that says nonsense makes it fail in its own words; what the system refuses is no damage. */
function isDamage(error: HeliosError, kind: DamagedKind): boolean {
  if (error.code === "STORE_CORRUPT") return true;
  return kind === "backend" && error.code === "STORE_FAILED" && errnoOf(error.cause) === undefined;
}

function withoutHash({ kind, where, code, problem }: Finding): Omit<Damage, "refs" | "paths"> {
  return { kind, where, code, problem };
}

function randomSeed(): number {
  return randomBytes(4).readUInt32LE();
}
