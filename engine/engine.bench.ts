/**
 * The commit path and its neighbours, beside the floors of the same run: one plain append, one RocksDB put, one hash.
 * `runEngineBench` in a small setting is a test; run by itself this file is the large setting.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Helios } from "./index.ts";
import { hashBlob } from "./object/hash.ts";
import { RocksdbStore } from "./store/rocksdb-store.ts";

export interface EngineBenchSetting {
  readonly entries: number;
  readonly operations: number;
  readonly warmup: number;
}

export interface EngineBenchRow {
  readonly what: string;
  readonly durability: string;
  readonly p50Us: number;
  readonly p95Us: number;
  readonly p99Us: number;
}

export interface EngineBenchResult {
  readonly rows: readonly EngineBenchRow[];
  /** Depends on the work done and on nothing else: equal settings give equal checksums. */
  readonly checksum: string;
}

const CONTENT_BYTES = 1024;

export async function runEngineBench(setting: EngineBenchSetting): Promise<EngineBenchResult> {
  const home = mkdtempSync(join(tmpdir(), "helios-bench-"));
  const rows: EngineBenchRow[] = [];
  const time = (what: string, durability: string, operation: (i: number) => void) =>
    rows.push({ what, durability, ...percentiles(setting, operation) });
  try {
    floors(home, time);
    await rocksdbFloor(home, time);
    let checksum = "";
    for (const durability of ["memory", "process", "power"] as const)
      checksum = await commits(join(home, durability), durability, setting, time);
    return { rows, checksum };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

type Time = (what: string, durability: string, operation: (i: number) => void) => void;

function floors(home: string, time: Time): void {
  const fd = openSync(join(home, "append"), "w");
  const record = Buffer.alloc(CONTENT_BYTES + 80);
  time("floor: hash of 1 KB", "-", (i) => {
    record.writeUInt32LE(i);
    hashBlob(record.subarray(0, CONTENT_BYTES));
  });
  time("floor: plain append of 1 KB", "process", (i) =>
    writeSync(fd, record, 0, record.length, i * record.length),
  );
  closeSync(fd);
}

async function rocksdbFloor(home: string, time: Time): Promise<void> {
  const store = await RocksdbStore.open(join(home, "rocksdb"));
  const value = Buffer.alloc(CONTENT_BYTES);
  time("floor: RocksDB put of 1 KB", "process", (i) => {
    const key = Buffer.alloc(32);
    key.writeUInt32BE(Math.imul(i, 2654435761) >>> 0);
    store.write([{ kind: "put", space: "blobs", key, value }]);
  });
  await store.close();
}

async function commits(
  root: string,
  durability: "memory" | "process" | "power",
  setting: EngineBenchSetting,
  time: Time,
): Promise<string> {
  const helios = await Helios.open({ root, durability });
  const vst = helios.checkout("main");
  const path = (i: number) => `src/package-${i % 97}/module-${i % 1013}/file-${i}.ts`;
  const content = Buffer.alloc(CONTENT_BYTES, "abcdefg\n");
  let edits = 0;
  const edit = (i: number) => {
    content.writeUInt32LE(++edits, 100);
    vst.write(path((i * 7919) % setting.entries), content);
  };
  for (let i = 0; i < setting.entries; i++) {
    content.writeUInt32LE(i, 0);
    vst.write(path(i), content);
  }
  let previous = vst.commit("base").id;
  time("write 1 KB + commit, with id", durability, (i) => {
    edit(i);
    void vst.commit().id;
  });
  time("write 1 KB + commit, id on demand", durability, (i) => {
    edit(i);
    vst.commit();
  });
  time("fork", durability, () => void vst.fork());
  const states = Array.from({ length: 64 }, (_, i) => {
    edit(i);
    return vst.commit().id;
  });
  time("diff of neighbours", durability, (i) => void helios.diff(states[i % 63]!, states[(i % 63) + 1]!));
  const reader = helios.vst();
  time("restore, lazy, and read one file", durability, (i) => {
    reader.restore(states[i % 64]!);
    reader.read(path((i * 31) % setting.entries));
  });
  previous = states.at(-1)!;
  await helios.close();
  return previous;
}

function percentiles(
  setting: EngineBenchSetting,
  operation: (i: number) => void,
): { p50Us: number; p95Us: number; p99Us: number } {
  for (let i = 0; i < setting.warmup; i++) operation(i);
  const us = new Float64Array(setting.operations);
  for (let i = 0; i < us.length; i++) {
    const started = process.hrtime.bigint();
    operation(setting.warmup + i);
    us[i] = Number(process.hrtime.bigint() - started) / 1000;
  }
  us.sort();
  const rank = (q: number) => us[Math.ceil(q * us.length) - 1]!;
  return { p50Us: rank(0.5), p95Us: rank(0.95), p99Us: rank(0.99) };
}

export function engineBenchTable({ rows, checksum }: EngineBenchResult): string {
  const cells = [
    ["what", "class", "p50 us", "p95 us", "p99 us"],
    ...rows.map((row) => [
      row.what,
      row.durability,
      ...[row.p50Us, row.p95Us, row.p99Us].map((us) => us.toFixed(us < 100 ? 1 : 0)),
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
  );
  return [...lines, `checksum ${checksum}`].join("\n");
}

if (import.meta.main) {
  const setting = { entries: 100_000, operations: 10_000, warmup: 2_000 };
  console.log(
    `${setting.entries} entries, ${setting.operations} operations after ${setting.warmup}, Node ${process.version}`,
  );
  console.log(engineBenchTable(await runEngineBench(setting)));
}
