/**
 * Verifying with one thread and with two, in turns. The small setting is a test; run by itself this file is the large
 * one: contents that do not compress, so that hashing is what takes the time.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Helios } from "./index.ts";
import { SeededRandom } from "./seeded-random.ts";
import { verifyStore, type VerifyReport } from "./verify.ts";

export interface VerifyBenchSetting {
  readonly contents: number;
  readonly contentBytes: number;
  readonly rounds: number;
}

export interface VerifyBenchResult {
  readonly objectBytes: number;
  readonly commits: number;
  readonly sound: boolean;
  /** Median seconds by number of threads. */
  readonly seconds: Readonly<Record<1 | 2, number>>;
}

export async function runVerifyBench(setting: VerifyBenchSetting): Promise<VerifyBenchResult> {
  const root = mkdtempSync(join(tmpdir(), "helios-verify-bench-"));
  try {
    await makeStore(root, setting);
    const times: Record<1 | 2, number[]> = { 1: [], 2: [] };
    let report: VerifyReport | undefined;
    for (let round = 0; round < setting.rounds; round++)
      for (const threads of round % 2 === 0 ? ([1, 2] as const) : ([2, 1] as const)) {
        const startedMs = performance.now();
        report = (await verifyStore({ root, threads })) as VerifyReport;
        times[threads].push((performance.now() - startedMs) / 1000);
      }
    const { sound, checked } = report!;
    const { objectBytes, commits } = checked;
    return { objectBytes, commits, sound, seconds: { 1: median(times[1]), 2: median(times[2]) } };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function makeStore(root: string, { contents, contentBytes }: VerifyBenchSetting): Promise<void> {
  const random = new SeededRandom(1);
  const helios = await Helios.open({ root });
  const vst = helios.checkout("main");
  for (let i = 0; i < contents; i++) {
    vst.write(`dir-${i % 64}/file-${i}`, random.bytes(contentBytes));
    if (i % 500 === 499) vst.commit();
  }
  vst.commit();
  await helios.checkpoint();
  await helios.close();
  // Opening once more puts what is in the backend's log into tables.
  await (await Helios.open({ root })).close();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

if (process.argv[1] === import.meta.filename) {
  const { objectBytes, commits, sound, seconds } = await runVerifyBench({
    contents: 16_000,
    contentBytes: 64 * 1024,
    rounds: 5,
  });
  console.log(
    `${(objectBytes / 2 ** 20).toFixed(0)} MiB of objects, ${commits} commits, ${sound ? "sound" : "DAMAGED"}`,
  );
  for (const threads of [1, 2] as const)
    console.log(
      `${threads} thread${threads === 1 ? " " : "s"}  ${seconds[threads].toFixed(2)} s, ` +
        `${(objectBytes / 2 ** 20 / seconds[threads]).toFixed(0)} MiB/s`,
    );
  console.log(`two threads are ${(seconds[1] / seconds[2]).toFixed(2)}x one`);
}
