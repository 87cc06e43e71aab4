/**
 * The commit path and its neighbours over tree sizes and durability classes, beside the floors of the same run: one plain
 * append, one RocksDB put, one hash. `runEngineBench` in a small setting is a test; run by itself this file is the large
 * setting. Each tree size runs in a process of its own, so that memory is its own and garbage of one is not another's.
 *
 *   node engine/engine.bench.ts [ENTRIES ...]      default 1000 10000 100000 1000000
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Helios } from "./index.ts";
import { hashBlob } from "./object/hash.ts";
import { RocksdbStore } from "./store/rocksdb-store.ts";

export interface EngineBenchSetting {
  readonly entries: number;
  readonly operations: number;
  readonly warmup: number;
  /** Operations that wait for the disk: class `power`. */
  readonly syncedOperations: number;
  /** Commits in one go without a pause, class `process`; 0: none. */
  readonly marathon: number;
}

export interface EngineBenchRow {
  readonly what: string;
  readonly durability: string;
  readonly p50Us: number;
  readonly p95Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

export interface EngineBenchResult {
  readonly rows: readonly EngineBenchRow[];
  readonly figures: readonly (readonly [name: string, value: string])[];
  /** Depends on the work done and on nothing else: equal settings give equal checksums. */
  readonly checksum: string;
}

const CONTENT_BYTES = 1024;
/** Commits whose sync is shared, in the line on group commit. */
const GROUP = 32;

export async function runEngineBench(setting: EngineBenchSetting): Promise<EngineBenchResult> {
  // Not in /tmp, which is often in memory: there class `power` would cost nothing.
  const place = fileURLToPath(new URL("../.helios-runs", import.meta.url));
  mkdirSync(place, { recursive: true });
  const home = mkdtempSync(join(place, "bench-"));
  const rows: EngineBenchRow[] = [];
  const figures: [string, string][] = [];
  const time: Time = (what, durability, operation, operations = setting.operations) =>
    rows.push({ what, durability, ...percentiles({ ...setting, operations }, operation) });
  try {
    floors(home, time, setting);
    await rocksdbFloor(home, time);
    let checksum = "";
    // `process` first: what the others leave behind would count as its memory.
    for (const durability of ["process", "memory", "power"] as const)
      checksum = await commits(join(home, durability), durability, setting, time, figures);
    if (setting.marathon > 0) await marathon(join(home, "marathon"), setting, figures);
    return { rows, figures, checksum };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

type Time = (what: string, durability: string, operation: Timed, operations?: number) => void;

function floors(home: string, time: Time, setting: EngineBenchSetting): void {
  const fd = openSync(join(home, "append"), "w");
  const record = Buffer.alloc(CONTENT_BYTES + 80);
  time("floor: hash of 1 KB", "-", (i) => {
    record.writeUInt32LE(i);
    hashBlob(record.subarray(0, CONTENT_BYTES));
  });
  time("floor: plain append of 1 KB", "process", (i) =>
    writeSync(fd, record, 0, record.length, i * record.length),
  );
  time(
    "floor: append of 1 KB, fdatasync",
    "power",
    (i) => {
      writeSync(fd, record, 0, record.length, i * record.length);
      fdatasyncSync(fd);
    },
    setting.syncedOperations,
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

const path = (i: number) => `src/package-${i % 97}/module-${i % 1013}/file-${i}.ts`;

/** Contents that share nothing but their size, as different versions of different files do. */
function contentMaker(): (i: number) => Buffer {
  const content = Buffer.alloc(CONTENT_BYTES);
  let state = 0x9e3779b9;
  return (i) => {
    state = (state ^ (i + 1)) >>> 0;
    for (let at = 0; at < CONTENT_BYTES; at += 4) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      content.writeUInt32LE(state, at);
    }
    return content;
  };
}

async function commits(
  root: string,
  durability: "memory" | "process" | "power",
  setting: EngineBenchSetting,
  time: Time,
  figures: [string, string][],
): Promise<string> {
  const { entries } = setting;
  const operations = durability === "power" ? setting.syncedOperations : setting.operations;
  // A cache of contents would hide what the tree itself costs in memory.
  const helios = await Helios.open({ root, durability, l1: { capacityBytes: 4 * 1024 * 1024 } });
  const makeContent = contentMaker();
  const before = memoryBytes();
  const vst = helios.checkout("main");
  for (let i = 0; i < entries; i++) vst.write(path(i), makeContent(i));
  let previous = vst.commit("base").id;
  if (durability === "process") {
    await helios.checkpoint();
    figures.push([
      "memory per entry, tree loaded",
      `${Math.round((memoryBytes() - before) / entries)} bytes`,
    ]);
  }
  let edits = 0;
  // Made outside the clock: producing content is the caller's work.
  let next = makeContent(0);
  const edit = (i: number) => vst.write(path((i * 7919) % entries), next);
  const commitTimed = (what: string, operation: Timed, count = operations) =>
    time(what, durability, operation, count);
  const prepared = (operation: (i: number) => void) =>
    Object.assign(operation, { prepare: () => void (next = makeContent(++edits)) });
  const journalBefore = durability === "process" ? bytesWritten() : 0;
  commitTimed(
    "write 1 KB + commit, with id",
    prepared((i) => {
      edit(i);
      void vst.commit().id;
    }),
  );
  commitTimed(
    "write 1 KB + commit, id on demand",
    prepared((i) => {
      edit(i);
      vst.commit();
    }),
  );
  if (durability === "process")
    figures.push([
      "bytes written per commit (wchar)",
      `${Math.round((bytesWritten() - journalBefore) / (2 * (operations + setting.warmup)))}`,
    ]);
  if (durability === "power") await groupCommits(helios, setting, figures, makeContent);
  time("fork", durability, () => void vst.fork());
  const states = Array.from({ length: 64 }, (_, i) => {
    next = makeContent(i);
    edit(i);
    return vst.commit().id;
  });
  time("diff of neighbours", durability, (i) => void helios.diff(states[i % 63]!, states[(i % 63) + 1]!));
  const reader = helios.vst();
  time("restore, lazy, and read one file", durability, (i) => {
    reader.restore(states[i % 64]!);
    reader.read(path((i * 31) % entries));
  });
  previous = states.at(-1)!;
  await helios.close();
  return previous;
}

/** Commits of many working sets that share a sync. */
async function groupCommits(
  helios: Helios,
  setting: EngineBenchSetting,
  figures: [string, string][],
  makeContent: (i: number) => Buffer,
): Promise<void> {
  const workers = Array.from({ length: GROUP }, () => helios.checkout("main").fork());
  const rounds = Math.max(1, Math.floor(setting.syncedOperations / GROUP));
  const started = performance.now();
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      workers.map((vst, i) => {
        vst.write(path(i), makeContent(round * GROUP + i));
        return vst.commitAsync();
      }),
    );
  }
  const us = ((performance.now() - started) * 1000) / (rounds * GROUP);
  figures.push([`power, group commit of ${GROUP} working sets`, `${us.toFixed(1)} us a commit`]);
}

/** What a long search does: no pause in which anything could be caught up with. */
async function marathon(
  root: string,
  setting: EngineBenchSetting,
  figures: [string, string][],
): Promise<void> {
  const helios = await Helios.open({ root, durability: "process" });
  const makeContent = contentMaker();
  const vst = helios.checkout("main");
  for (let i = 0; i < setting.entries; i++) vst.write(path(i), makeContent(i));
  vst.commit("base");
  const us = new Float64Array(setting.marathon);
  const contents = Array.from({ length: 512 }, (_, i) => Buffer.from(makeContent(i)));
  const started = performance.now();
  for (let i = 0; i < us.length; i++) {
    const content = contents[i % contents.length]!;
    content.writeUInt32LE(i, 512);
    const at = process.hrtime.bigint();
    vst.write(path((i * 7919) % setting.entries), content);
    void vst.commit().id;
    us[i] = Number(process.hrtime.bigint() - at) / 1000;
  }
  const seconds = (performance.now() - started) / 1000;
  us.sort();
  figures.push([
    `${setting.marathon} x write + commit + id in one go`,
    `${seconds.toFixed(1)} s, P95 ${us[Math.ceil(0.95 * us.length) - 1]!.toFixed(1)}, P99 ${us[Math.ceil(0.99 * us.length) - 1]!.toFixed(1)} us, longest ${(us.at(-1)! / 1000).toFixed(1)} ms`,
  ]);
  await helios.close();
}

function memoryBytes(): number {
  // The flag makes `gc` appear in contexts made from now on.
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function bytesWritten(): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1] ?? 0);
}

interface Timed {
  (i: number): void;
  /** Runs before each operation, outside the clock. */
  readonly prepare?: () => void;
}

function percentiles(
  { warmup, operations }: Pick<EngineBenchSetting, "warmup" | "operations">,
  operation: Timed,
): Pick<EngineBenchRow, "p50Us" | "p95Us" | "p99Us" | "maxUs"> {
  const { prepare } = operation;
  const warmupOperations = Math.min(warmup, operations);
  for (let i = 0; i < warmupOperations; i++) {
    prepare?.();
    operation(i);
  }
  const us = new Float64Array(operations);
  for (let i = 0; i < us.length; i++) {
    prepare?.();
    const started = process.hrtime.bigint();
    operation(warmupOperations + i);
    us[i] = Number(process.hrtime.bigint() - started) / 1000;
  }
  us.sort();
  const rank = (q: number) => us[Math.ceil(q * us.length) - 1]!;
  return { p50Us: rank(0.5), p95Us: rank(0.95), p99Us: rank(0.99), maxUs: us.at(-1)! };
}

export function engineBenchTable({ rows, figures, checksum }: EngineBenchResult): string {
  const cells = [
    ["what", "class", "p50 us", "p95 us", "p99 us", "max us"],
    ...rows.map((row) => [
      row.what,
      row.durability,
      ...[row.p50Us, row.p95Us, row.p99Us, row.maxUs].map((us) => us.toFixed(us < 100 ? 1 : 0)),
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
  );
  return [...lines, ...figures.map(([name, value]) => `${name}: ${value}`), `checksum ${checksum}`].join(
    "\n",
  );
}

/** The marathon is for the size that the gate judges. */
const MARATHON_ENTRIES = 100_000;

if (import.meta.main) {
  const [only, ...more] = process.argv.slice(2).map(Number);
  const sizes = only === undefined ? [1000, 10_000, 100_000, 1_000_000] : [only, ...more];
  if (sizes.length > 1) {
    for (const entries of sizes)
      execFileSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), String(entries)], {
        stdio: "inherit",
      });
  } else {
    const entries = sizes[0]!;
    const setting: EngineBenchSetting = {
      entries,
      operations: 10_000,
      warmup: 2000,
      syncedOperations: 2000,
      marathon: entries === MARATHON_ENTRIES ? 1_000_000 : 0,
    };
    console.log(
      `\n${entries} entries, ${setting.operations} operations after ${setting.warmup}, Node ${process.version}`,
    );
    console.log(engineBenchTable(await runEngineBench(setting)));
  }
}
