/** BLAKE3 by size of input: where the change from WASM to native pays. */
import { Bench } from "tinybench";
import { hashBlob } from "./hash.ts";

export async function runHashBench(timeMs: number): Promise<Bench> {
  const bench = new Bench({ time: timeMs, warmup: timeMs > 10 });
  for (const sizeBytes of [128, 1024, 2047, 2048, 4096, 65_536, 1_048_576]) {
    const bytes = Buffer.alloc(sizeBytes, 7);
    bench.add(`${sizeBytes} bytes`, () => void hashBlob(bytes));
  }
  await bench.run();
  return bench;
}

if (import.meta.main) console.table((await runHashBench(300)).table());
