/**
 * The bounds of `consistency.ts`, held against a real writer in another process that is killed with SIGKILL: what a
 * reader must see at the least, that it sees whole states only and never goes back, and that what it saw is still there
 * when the store is opened again.
 *
 * No clock of the reader decides anything: a bound in milliseconds is checked by the writer's own times, between the
 * return of an old commit and the beginning of the last one that was acknowledged.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Consistency } from "../consistency.ts";
import { Helios, type OpenOptions } from "../helios.ts";
import { AcknowledgementReader } from "./acknowledgements.fixture.ts";
import type { ReaderTask } from "./reader.fixture.ts";

/** HELIOS_STRESS=20 kills twenty times as often. */
const ROUNDS = Number(process.env["HELIOS_STRESS"] ?? 1);
const LOOKS = 30;
const COMMITS = 300;
/** Of the writer that has its reader in a thread beside it. */
const THREAD_COMMITS = 1500;
/** What `eventual` holds back at most: see consistency.ts. */
const EVENTUAL_MS = 1000;

const folder = mkdtempSync(join(tmpdir(), "helios-consistency-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Case {
  readonly name: string;
  readonly writer: Consistency;
  readonly l2: NonNullable<OpenOptions["l2"]>;
}

const cases: readonly Case[] = [
  { name: "strong", writer: "strong", l2: "rocksdb" },
  { name: "strong, lmdb", writer: "strong", l2: "lmdb" },
  { name: "bounded by 25 commits", writer: { bounded: { maxCommits: 25 } }, l2: "rocksdb" },
  { name: "bounded by 30 ms", writer: { bounded: { maxStaleMs: 30 } }, l2: "lmdb" },
  { name: "bounded by both", writer: { bounded: { maxCommits: 200, maxStaleMs: 5 } }, l2: "rocksdb" },
  { name: "eventual", writer: "eventual", l2: "lmdb" },
];

/** The least commit that must be visible to whoever looks now. */
function visibleAtLeast(writer: Consistency, acknowledged: AcknowledgementReader): number {
  const { last } = acknowledged;
  if (last === undefined) return 0;
  if (writer === "strong") return last.sequence;
  const { maxCommits = Infinity, maxStaleMs = Infinity } =
    writer === "eventual" ? { maxStaleMs: EVENTUAL_MS } : writer.bounded;
  const byCommits = last.sequence - maxCommits;
  const byTime = maxStaleMs === Infinity ? 0 : acknowledged.sequenceAt(last.begunMs - maxStaleMs);
  return Math.max(byCommits, byTime);
}

/** The newest commit a reader sees; checks that its state is whole. */
function look(reader: Helios): number {
  const [main] = reader.refs();
  if (main === undefined) return 0;
  const sequence = Number(main.commit.slice(1));
  const step = reader.read(main.snapshot, "step");
  assert.equal(Buffer.from(step!).toString(), String(sequence), "content of one commit");
  const file = reader.read(main.snapshot, `file-${sequence % 50}`);
  assert.equal(Buffer.from(file!).toString(), `content of ${sequence} `.repeat(8), "and all of it");
  return sequence;
}

async function startWriter({ writer, l2 }: Case, root: string, acknowledged: string): Promise<ChildProcess> {
  const fixture = join(import.meta.dirname, "consistency-writer.fixture.ts");
  const child = spawn(process.execPath, [fixture, root, acknowledged, JSON.stringify(writer), l2], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  while (!existsSync(acknowledged)) {
    assert.equal(child.exitCode, null, "the writer began");
    await delay(5);
  }
  return child;
}

async function killWriter(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  assert.equal(child.exitCode, null, "the writer was at work until it was killed");
  child.kill("SIGKILL");
  await exited;
}

/** How far behind a reader was at the most. */
interface Staleness {
  commits: number;
  /** Age of the oldest acknowledged commit it did not see, when the last one was begun. */
  ms: number;
}

/** One writer, killed after a while, and one reader beside it. */
async function runRound(each: Case, root: string, most: Staleness): Promise<void> {
  const acknowledgedFile = `${root}-acknowledged`;
  const child = await startWriter(each, root, acknowledgedFile);
  try {
    const acknowledged = new AcknowledgementReader(acknowledgedFile);
    const reader = await Helios.open({ root, readOnly: true });
    let seen = 0;
    const lookOnce = () => {
      const { last } = acknowledged;
      const least = visibleAtLeast(each.writer, acknowledged);
      const sequence = look(reader);
      if (last !== undefined && last.sequence > sequence) {
        most.commits = Math.max(most.commits, last.sequence - sequence);
        most.ms = Math.max(most.ms, last.begunMs - acknowledged.at(sequence).returnedMs);
      }
      assert.ok(sequence >= least, `c${sequence} is visible, c${least} must be`);
      assert.ok(sequence >= seen, `c${seen} was visible before c${sequence}`);
      seen = sequence;
    };
    for (let looks = 0; looks < LOOKS || acknowledged.count < COMMITS; looks++) {
      lookOnce();
      await delay(1);
    }
    await killWriter(child);
    lookOnce();
    // One commit may have been on its way: written, and not yet said.
    assert.ok(seen <= acknowledged.last!.sequence + 1);
    await reader.close();
    const again = await Helios.open({ root });
    assert.equal(look(again), seen, "what a reader saw is what is there");
    await again.close();
    acknowledged.close();
  } finally {
    child.kill("SIGKILL");
  }
}

for (const each of cases)
  test(`a writer that is ${each.name}: readers see what they must, and keep it when it is killed`, async (t) => {
    const most: Staleness = { commits: 0, ms: 0 };
    for (let round = 0; round < ROUNDS; round++)
      await runRound(each, join(folder, `${each.name}-${round}`), most);
    t.diagnostic(
      `${ROUNDS} kills; a reader was behind by ${most.commits} commits, ${most.ms.toFixed(1)} ms at most`,
    );
  });

test("a reader that may be stale looks again when its time is over, and not before it needs to", async () => {
  const root = join(folder, "stale");
  const writer = await Helios.open({ root });
  const vst = writer.checkout("main");
  const commit = () => Number(vst.commit("", { ref: "main" }).commit.slice(1));
  const open = (consistency: Consistency) => Helios.open({ root, readOnly: true, consistency });
  const at = (reader: Helios) => Number(reader.refs()[0]?.commit.slice(1) ?? 0);
  commit();
  const [strong, byCommits, patient] = await Promise.all([
    open("strong"),
    open({ bounded: { maxCommits: 1000 } }),
    open({ bounded: { maxStaleMs: 3_600_000 } }),
  ]);
  const impatient = await open({ bounded: { maxStaleMs: 20 } });
  assert.deepEqual([strong, byCommits, patient, impatient].map(at), [1, 1, 1, 1]);
  const newest = commit();
  assert.equal(at(strong), newest);
  // A bound in commits alone cannot be kept without looking.
  assert.equal(at(byCommits), newest);
  assert.equal(at(patient), 1);
  await delay(25);
  assert.equal(at(impatient), newest);
  for (const helios of [strong, byCommits, patient, impatient, writer]) await helios.close();
});

test("a reader in a worker thread of the writer's process sees every commit acknowledged before it looked", async () => {
  for (const l2 of ["rocksdb", "lmdb"] as const) {
    const root = join(folder, `thread-${l2}`);
    const writer = await Helios.open({ root, l2, checkpointCommits: 500 });
    const vst = writer.checkout("main");
    vst.write("step", "1");
    vst.commit();
    const acknowledged = new Int32Array(new SharedArrayBuffer(4));
    Atomics.store(acknowledged, 0, 1);
    const task: ReaderTask = { root, acknowledged, looks: 100 };
    const worker = new Worker(new URL("./reader.fixture.ts", import.meta.url), { workerData: task });
    const done = once(worker, "exit") as Promise<[number]>;
    let running = true;
    void done.finally(() => (running = false));
    for (let step = 2; running && step <= THREAD_COMMITS; step++) {
      vst.write("step", String(step));
      vst.commit();
      Atomics.store(acknowledged, 0, step);
      if (step % 10 === 0) await delay(1);
    }
    assert.deepEqual(await done, [0], "the reader found nothing to complain about");
    await writer.close();
  }
});
