/**
 * Diff of neighbours: what a search pays to see what one step changed; and a merge, which is two diffs. Beside them, in
 * the same loop, one look-up, which is the same walk down one tree: the ratio of the two says more than microseconds of
 * one machine do.
 */
import { hashBlob } from "../object/hash.ts";
import { mergeTrees } from "./merge.ts";
import { Tree } from "./tree.ts";

export interface DiffBenchSetting {
  readonly entries: number;
  readonly operations: number;
}

export interface DiffBenchRow {
  readonly what: string;
  readonly p50Us: number;
  readonly p95Us: number;
  readonly p99Us: number;
}

export interface DiffBenchResult {
  readonly rows: readonly DiffBenchRow[];
  /** Changes found: depends on the work alone. */
  readonly changes: number;
}

const STATES = 64;
const WARMUP_SHARE = 0.2;

export function runDiffBench({ entries, operations }: DiffBenchSetting): DiffBenchResult {
  const path = (i: number) => `src/package-${i % 97}/module-${i % 1013}/file-${i}.ts`;
  const content = (i: number) => hashBlob(Buffer.from(`content ${i}`));
  const tree = new Tree(() => {
    throw new Error("nothing is to be loaded");
  });
  for (let i = 0; i < entries; i++) tree.put(path(i), content(i), 0, 1000);
  tree.rootHash();
  let edits = 0;
  const line = (edit: (tree: Tree, i: number) => void, hashed: boolean): Tree[] =>
    Array.from({ length: STATES }, () => {
      const state = tree.fork();
      edit(tree, ++edits);
      if (hashed) tree.rootHash();
      return state;
    });
  const known = (i: number) => path((i * 7919) % entries);
  const modified = line((t, i) => void t.put(known(i), content(-i), 0, 1000), true);
  const unhashed = line((t, i) => void t.put(known(i), content(-i), 0, 1000), false);
  const inserted = line((t, i) => void t.put(`src/package-${i % 97}/new-${i}.ts`, content(i), 0, 1000), true);
  const deleted = line((t, i) => void t.delete(known(i)), true);
  const base = tree.fork();
  const [ours, theirs] = [base.fork(), base.fork()];
  for (let i = 1; i <= 10; i++) {
    ours.put(known(i), content(-i), 1, 1000);
    theirs.put(known(i + 50), content(-i), 1, 1000);
  }
  for (const side of [ours, theirs]) side.rootHash();
  let changes = 0;
  const neighbours = (states: readonly Tree[]) => (i: number) => {
    const at = i % (STATES - 1);
    changes += states[at]!.diff(states[at + 1]!).length;
  };
  const rows = time(operations, {
    "get of one path": (i) => void modified[i % STATES]!.get(known(i)),
    "diff: one path modified": neighbours(modified),
    "diff: one path modified, no hash computed": neighbours(unhashed),
    "diff: one path added": neighbours(inserted),
    "diff: one path deleted": neighbours(deleted),
    "merge: 10 paths of each side": () => void (changes += mergeTrees(base, ours, theirs).steps.length),
    "diff: 63 paths modified": () => void (changes += modified[0]!.diff(modified[STATES - 1]!).length),
  });
  return { rows, changes };
}

/** The operations in turn, so that a slow moment meets all of them. */
function time(operations: number, work: Readonly<Record<string, (i: number) => void>>): DiffBenchRow[] {
  const warmup = Math.ceil(operations * WARMUP_SHARE);
  const all = Object.entries(work).map(([what, run]) => ({ what, run, us: new Float64Array(operations) }));
  for (let i = -warmup; i < operations; i++)
    for (const { run, us } of all) {
      const started = process.hrtime.bigint();
      run(i + warmup);
      if (i >= 0) us[i] = Number(process.hrtime.bigint() - started) / 1000;
    }
  return all.map(({ what, us }) => {
    us.sort();
    const rank = (q: number) => us[Math.ceil(q * us.length) - 1]!;
    return { what, p50Us: rank(0.5), p95Us: rank(0.95), p99Us: rank(0.99) };
  });
}

export function diffBenchTable({ rows, changes }: DiffBenchResult): string {
  const lines = rows.map(({ what, ...us }) =>
    [
      what.padEnd(44),
      ...[us.p50Us, us.p95Us, us.p99Us].map((value) => value.toFixed(1).padStart(7)),
      (us.p50Us / rows[0]!.p50Us).toFixed(1).padStart(8),
    ].join(" "),
  );
  return [`${"what".padEnd(44)}  p50 us  p95 us  p99 us  p50/get`, ...lines, `changes found ${changes}`].join(
    "\n",
  );
}

if (import.meta.main) {
  const setting = { entries: 100_000, operations: 10_000 };
  console.log(`${setting.entries} entries, ${setting.operations} operations, Node ${process.version}`);
  console.log(diffBenchTable(runDiffBench(setting)));
}
