/**
 * How long a short command takes from start to end: `stats` on a store that its writer has closed, which is what a
 * prompt or a scraper runs, beside Node doing nothing. The compile cache is warm, as it is from the second run on.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Helios } from "@helios/engine";

export interface StartUp {
  readonly what: string;
  readonly p50Ms: number;
  readonly leastMs: number;
}

const bin = fileURLToPath(new URL("bin/helios-cli.js", import.meta.url));

export async function startUps(runs: number): Promise<StartUp[]> {
  const folder = mkdtempSync(join(tmpdir(), "helios-start-up-"));
  try {
    const helios = await Helios.open({ root: join(folder, ".helios") });
    const vst = helios.checkout("main");
    vst.write("a", "1");
    vst.commit();
    await helios.close();
    const commands: readonly [string, readonly string[]][] = [
      ["node, nothing", ["--eval", "0"]],
      ["helios-cli --version", [bin, "--version"]],
      ["helios-cli stats", [bin, "stats"]],
      ["helios-cli log", [bin, "log"]],
    ];
    // In turns, so that a slow second hits all of them.
    const samples = commands.map((): number[] => []);
    for (let run = -1; run < runs; run++)
      commands.forEach(([what, args], i) => {
        const ms = timeMs(what, args, folder);
        if (run >= 0) samples[i]!.push(ms);
      });
    return commands.map(([what], i) => {
      const sorted = samples[i]!.sort((a, b) => a - b);
      return { what, p50Ms: sorted[Math.ceil(0.5 * sorted.length) - 1]!, leastMs: sorted[0]! };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function timeMs(what: string, args: readonly string[], cwd: string): number {
  const started = performance.now();
  const { HELIOS_STORE: _store, ...env } = process.env;
  const run = spawnSync(process.execPath, args, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
  if (run.status !== 0) throw new Error(`${what} ended with ${run.status}: ${run.stderr.toString()}`);
  return performance.now() - started;
}

if (process.argv[1] === import.meta.filename)
  for (const { what, p50Ms, leastMs } of await startUps(21))
    console.log(`${what.padEnd(24)} P50 ${p50Ms.toFixed(0)} ms, least ${leastMs.toFixed(0)} ms`);
