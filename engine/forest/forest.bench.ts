/**
 * What a second thread brings for the first import of a directory as a forest and for its verification. One thread and
 * two take turns (A B B A), so that a machine that gets slower or quicker favours neither; the ratio is of the sums.
 *
 * "One" is one worker beside the thread that asks, as "two" are two: both pay for starting threads. Below the ratio
 * stands what bounds it: the share of the processor time that the asking thread itself takes, which nobody shares.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Helios, scanDirectory } from "../index.ts";
import { SeededRandom } from "../seeded-random.ts";

export interface ForestBenchSetting {
  readonly files: number;
  readonly trees: number;
  /** Each of two runs of either arm. */
  readonly rounds: number;
}

export interface ForestBenchRow {
  readonly what: "import" | "verify";
  readonly oneMs: readonly number[];
  readonly twoMs: readonly number[];
  readonly ratio: number;
  /** Of all processor time with two workers. */
  readonly ownShare: number;
}

export interface ForestBench {
  readonly rows: readonly ForestBenchRow[];
  /** The forest's id: the same work every time. */
  readonly checksum: string;
}

interface Run {
  readonly ms: number;
  readonly ownMs: number;
  readonly allMs: number;
}

const FILES_PER_DIRECTORY = 40;
const SEED = 20_261;

export async function runForestBench({ files, trees, rounds }: ForestBenchSetting): Promise<ForestBench> {
  const home = mkdtempSync(join(tmpdir(), "helios-forest-bench-"));
  try {
    const work = join(home, "work");
    writeFiles(work, files, trees);
    const ids = new Set<string>();
    const runs = {
      import: { one: [] as Run[], two: [] as Run[] },
      verify: { one: [] as Run[], two: [] as Run[] },
    };
    for (let round = 0; round < rounds; round++)
      for (const arm of ["one", "two", "two", "one"] as const) {
        const root = join(home, "store");
        const threads = arm === "one" ? 1 : 2;
        const helios = await Helios.open({ root });
        const forest = helios.forest("main");
        runs.import[arm].push(
          await timed(async () => {
            await scanDirectory({ root }, forest, work, { threads });
            ids.add(forest.commit("import").id);
          }),
        );
        await helios.checkpoint();
        runs.verify[arm].push(
          await timed(async () => {
            const { sound, trees: verified } = await forest.verify({ threads });
            if (!sound || verified.length !== trees) throw new Error("the forest is not sound");
          }),
        );
        await helios.close();
        rmSync(root, { recursive: true });
      }
    if (ids.size !== 1) throw new Error("the runs did not make the same forest");
    const rows = (["import", "verify"] as const).map((what) => rowOf(what, runs[what]));
    return { rows, checksum: [...ids][0]! };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Sources as they are: mostly some hundred bytes, some of many kilobytes. */
function writeFiles(work: string, files: number, trees: number): void {
  const random = new SeededRandom(SEED);
  const words = Array.from({ length: 400 }, () => `word${random.u32().toString(36)}`);
  for (let i = 0; i < files; i++) {
    const directory = join(
      work,
      `package-${i % trees}`,
      "src",
      `module-${Math.floor(i / trees / FILES_PER_DIRECTORY)}`,
    );
    if (Math.floor(i / trees) % FILES_PER_DIRECTORY === 0) mkdirSync(directory, { recursive: true });
    const length = 20 + random.below(random.chance(0.05) ? 4000 : 200);
    const text = Array.from({ length }, () => random.pick(words));
    writeFileSync(join(directory, `file-${i}.ts`), text.join(" "));
  }
}

async function timed(action: () => Promise<void>): Promise<Run> {
  const [own, all, started] = [process.threadCpuUsage(), process.cpuUsage(), performance.now()];
  await action();
  const ms = performance.now() - started;
  const spent = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1000;
  return { ms, ownMs: spent(process.threadCpuUsage(own)), allMs: spent(process.cpuUsage(all)) };
}

function rowOf(
  what: ForestBenchRow["what"],
  { one, two }: Readonly<Record<"one" | "two", readonly Run[]>>,
): ForestBenchRow {
  const sum = (runs: readonly Run[], of: (run: Run) => number) =>
    runs.reduce((total, run) => total + of(run), 0);
  return {
    what,
    oneMs: one.map(({ ms }) => ms),
    twoMs: two.map(({ ms }) => ms),
    ratio: sum(one, ({ ms }) => ms) / sum(two, ({ ms }) => ms),
    ownShare: sum(two, ({ ownMs }) => ownMs) / sum(two, ({ allMs }) => allMs),
  };
}

export function forestBenchTable({ rows, checksum }: ForestBench): string {
  const shown = (ms: readonly number[]) => ms.map((each) => each.toFixed(0)).join(" ");
  return [
    ...rows.map(
      ({ what, oneMs, twoMs, ratio, ownShare }) =>
        `${what}: one worker ${shown(oneMs)} ms, two ${shown(twoMs)} ms: ${ratio.toFixed(2)}x; ` +
        `own share ${(100 * ownShare).toFixed(0)} %`,
    ),
    `checksum ${checksum}`,
  ].join("\n");
}

if (import.meta.main) {
  const [files, trees, rounds] = [100_000, 16, 2];
  console.log(
    `${files} files in ${trees} trees, Node ${process.version}, ${availableParallelism()} processors`,
  );
  console.log(forestBenchTable(await runForestBench({ files, trees, rounds })));
}
