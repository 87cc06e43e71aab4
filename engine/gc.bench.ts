/**
 * Collecting a store after a search: a line of commits that stays, and forks of it that nothing names any more. The small
 * setting is a test; run by itself this file is the large one, 100,000 dropped forks.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectGarbage, type CollectResult } from "./gc.ts";
import { Helios } from "./index.ts";
import { verifyStore } from "./verify.ts";

export interface GcBenchSetting {
  readonly entries: number;
  readonly keptCommits: number;
  readonly droppedForks: number;
}

export interface GcBenchResult extends CollectResult {
  readonly makeMs: number;
  readonly diskBeforeBytes: number;
  readonly diskAfterBytes: number;
  readonly openBeforeMs: number;
  readonly openAfterMs: number;
  readonly sound: boolean;
}

const CONTENT_BYTES = 1024;

export async function runGcBench(setting: GcBenchSetting): Promise<GcBenchResult> {
  const root = join(mkdtempSync(join(tmpdir(), "helios-gc-bench-")), "store");
  try {
    const startedMs = performance.now();
    await makeStore(root, setting);
    const makeMs = performance.now() - startedMs;
    const openBeforeMs = await openMs(root);
    const diskBeforeBytes = sizeBytes(root);
    const result = await collectGarbage({ root, graceMs: 0, nowMs: Date.now() + 1 });
    const openAfterMs = await openMs(root);
    const report = await verifyStore({ root });
    return {
      ...result,
      makeMs,
      diskBeforeBytes,
      diskAfterBytes: sizeBytes(root),
      openBeforeMs,
      openAfterMs,
      sound: report.mode === "full" && report.sound,
    };
  } finally {
    rmSync(join(root, ".."), { recursive: true, force: true });
  }
}

async function makeStore(
  root: string,
  { entries, keptCommits, droppedForks }: GcBenchSetting,
): Promise<void> {
  const helios = await Helios.open({ root });
  const main = helios.checkout("main");
  for (let i = 0; i < entries; i++) main.write(`dir-${i % 100}/file-${i}`, `content of ${i}`);
  main.commit("base");
  const bytes = Buffer.alloc(CONTENT_BYTES);
  const forksEach = Math.ceil(droppedForks / keptCommits);
  let forks = 0;
  for (let kept = 0; kept < keptCommits; kept++) {
    for (let i = 0; i < forksEach && forks < droppedForks; i++, forks++) {
      const fork = main.fork();
      bytes.write(`fork ${forks} `);
      fork.write(`dir-${forks % 100}/file-${forks % entries}`, bytes);
      // A search looks at what it found: the id is known.
      void fork.commit().id;
    }
    main.write(`dir-0/file-0`, `kept ${kept}`);
    main.commit();
  }
  await helios.checkpoint();
  await helios.close();
}

async function openMs(root: string): Promise<number> {
  const startedMs = performance.now();
  const helios = await Helios.open({ root });
  const tookMs = performance.now() - startedMs;
  await helios.close();
  return tookMs;
}

function sizeBytes(root: string): number {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

if (process.argv[1] === import.meta.filename) {
  const result = await runGcBench({ entries: 10_000, keptCommits: 1000, droppedForks: 100_000 });
  const { commits, journal, objects, durationMs } = result;
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.log(`commits      ${commits.dropped} dropped, ${commits.kept} kept`);
  console.log(
    `collecting   ${(durationMs / 1000).toFixed(1)} s (making the store: ${(result.makeMs / 1000).toFixed(1)} s)`,
  );
  console.log(`journal      ${mib(journal.beforeBytes)} -> ${mib(journal.afterBytes)}`);
  for (const [space, { rows, bytes }] of Object.entries(objects))
    console.log(`${space.padEnd(12)} ${rows} rows, ${mib(bytes)}`);
  console.log(`on disk      ${mib(result.diskBeforeBytes)} -> ${mib(result.diskAfterBytes)}`);
  console.log(`opening      ${result.openBeforeMs.toFixed(0)} ms -> ${result.openAfterMs.toFixed(0)} ms`);
  console.log(`verified     ${result.sound ? "no damage" : "DAMAGED"}`);
  if (!result.sound) process.exitCode = 1;
}
