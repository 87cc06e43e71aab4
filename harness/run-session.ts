/**
 * One run, inside its own process: load, warm up, time, settle, and prove that the work was done.
 *
 * The order matters. The workload's next step is made before the clock is read. Bytes are counted from the first
 * timed operation until the subject is quiescent, so work that was put off is paid by whoever put it off. The
 * proof (reading back sampled contents in three states) comes last, because it reads and checks out.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { type Clock, clockAnomaly, elapsedSeconds, elapsedUs, monotonicClock, timerCostNs } from "./clock.ts";
import { HarnessError } from "./errors.ts";
import { IoMeter, ioAvailability } from "./io-accounting.ts";
import type { ExpectJob, JobAnswer, RunJob } from "./job.ts";
import { runFileStem } from "./job.ts";
import { Random, Reservoir } from "./random.ts";
import { ReferenceSession } from "./reference-session.ts";
import { parseOwnStat } from "./machine.ts";
import type { IoMeasures, RunPhase, RunRecord } from "./results.ts";
import { writeSamples } from "./run-directory.ts";
import { percentileOfSorted, sorted } from "./statistics/index.ts";
import type { Edit, Session, StateId, Subject } from "./subject.ts";
import type { Step, Workload } from "./workload.ts";

/** Paths whose contents are compared, of the base and of those touched. */
const PATHS_COMPARED = 200;
const PAGE_BYTES = 4096;

type Length = Pick<ExpectJob, "parameters" | "seed" | "warmup" | "operations">;

/** Runs one arm once. Throws what the subject throws. */
export async function measureRun(
  job: RunJob,
  subject: Subject,
  workload: Workload,
  options: MeasureOptions = {},
): Promise<JobAnswer> {
  const { clock = monotonicClock, wallMs = Date.now, onPhase = () => {} } = options;
  const startedAt = new Date().toISOString();
  const availability = await subject.availability(job.options);
  if (availability.kind === "unavailable") {
    const message = `${subject.id}: ${availability.reason}`;
    throw new HarnessError("SUBJECT_UNAVAILABLE", message, availability.remedy);
  }
  mkdirSync(job.scratchDirectory, { recursive: true });
  const io = ioAvailability(job.scratchDirectory);
  const meter = io.kind === "available" ? new IoMeter(job.scratchDirectory) : undefined;
  const session = await subject.open({
    directory: job.scratchDirectory,
    durability: job.durability,
    baseCache: job.baseCache,
    ...(job.options ? { options: job.options } : {}),
  });
  const probe = new RunProbe(job);
  const timed = await drive(job, session, workload, probe, { clock, wallMs, onPhase, meter });
  onPhase("proving");
  const stateDigest = await probe.stateDigest(session);
  await session.close();
  const series = timed.series.filter(({ samples }) => samples.length > 0);
  const steps = series.find((one) => one.series === "step")?.samples;
  const record: RunRecord = {
    format: "helios-run/1",
    cell: job.cell,
    arm: job.arm,
    subject: subject.id,
    subjectVersion: availability.version,
    durability: job.durability,
    run: job.run,
    position: job.position,
    startedAt,
    outcome: { kind: "completed" },
    samples: series.map((one) => writeSamples(job.runDirectory, runFileStem(job), one.series, one.samples)),
    ...(timed.io ? { io: timed.io } : {}),
    ...(io.kind === "unavailable" ? { ioReason: io.reason } : {}),
    userBytes: timed.userBytes,
    workingSetBytes: subject.workingSet === "directory" ? timed.fileBytes : 0,
    workingSetStorageBytes: subject.workingSet === "directory" ? timed.filePageBytes : 0,
    cpuSeconds: timed.cpuSeconds,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    wallSeconds: timed.wallSeconds,
    stateDigest,
    timerCostNs: timerCostNs(clock),
  };
  return { kind: "record", record, p95Us: steps ? percentileOfSorted(sorted(steps), 0.95) : undefined };
}

export interface MeasureOptions {
  readonly clock?: Clock;
  /** Milliseconds of the wall clock; only to see whether it and the monotonic one agree. */
  readonly wallMs?: () => number;
  readonly onPhase?: (phase: RunPhase) => void;
}

/** The digest a correct subject reaches, by the same steps on the reference session. */
export async function expectState(job: ExpectJob, workload: Workload): Promise<JobAnswer> {
  const session = new ReferenceSession();
  const probe = new RunProbe(job);
  await drive(job, session, workload, probe, {
    clock: monotonicClock,
    // Nothing is timed here, so there is nothing that a clock could spoil.
    wallMs: () => Number(monotonicClock()) / 1e6,
    onPhase: () => {},
    meter: undefined,
  });
  return { kind: "expected", stateDigest: await probe.stateDigest(session) };
}

interface Timed {
  readonly series: readonly { readonly series: string; readonly samples: Float64Array }[];
  readonly io: IoMeasures | undefined;
  readonly userBytes: number;
  readonly fileBytes: number;
  readonly filePageBytes: number;
  readonly cpuSeconds: { readonly user: number; readonly system: number };
  readonly wallSeconds: { readonly load: number; readonly timed: number; readonly settle: number };
}

async function drive(
  job: Length,
  session: Session,
  workload: Workload,
  probe: RunProbe,
  { clock, wallMs, onPhase, meter }: Required<MeasureOptions> & { readonly meter: IoMeter | undefined },
): Promise<Timed> {
  onPhase("loading");
  const loadFrom = clock();
  probe.states.push(await session.load(probe.watchBase(workload.base(job.parameters, job.seed))));
  const loadTo = clock();

  const steps = workload.steps(job.parameters, job.seed)[Symbol.iterator]();
  const { operations, warmup } = job;
  const apply = new Float64Array(operations);
  const commit = new Float64Array(operations);
  const step = new Float64Array(operations);
  const checkout: number[] = [];
  let committed = -warmup;
  let userBytes = 0;
  let fileBytes = 0;
  let filePageBytes = 0;
  let cpuFrom = cpuSeconds();
  let timedFrom = clock();
  let wallFromMs = wallMs();

  let next = steps.next();
  onPhase(warmup === 0 ? "timing and settling" : "warming up");
  if (warmup === 0) meter?.start();
  while (committed < operations && next.done !== true) {
    const current: Step = next.value;
    if (current.kind === "checkout") {
      const state = probe.stateAt(current.ordinal);
      const from = clock();
      const moved = session.checkout(state);
      if (moved !== undefined) await moved;
      const to = clock();
      if (committed >= 0) checkout.push(elapsedUs(from, to));
    } else {
      const message = `step ${committed + warmup}`;
      const from = clock();
      const applied = session.apply(current.edits);
      if (applied !== undefined) await applied;
      const between = clock();
      const answer = session.commit(message);
      const state = typeof answer === "string" ? answer : await answer;
      const to = clock();
      probe.states.push(state);
      probe.watchEdits(current.edits);
      if (committed >= 0) {
        apply[committed] = elapsedUs(from, between);
        commit[committed] = elapsedUs(between, to);
        step[committed] = elapsedUs(from, to);
        for (const edit of current.edits) {
          if (edit.kind !== "put") continue;
          userBytes += edit.bytes.length;
          if (edit.mode === "symlink") continue;
          fileBytes += edit.bytes.length;
          filePageBytes += Math.ceil(edit.bytes.length / PAGE_BYTES) * PAGE_BYTES;
        }
      }
      committed++;
      if (committed === 0) {
        // The first timed operation follows: counters are read here, before its step is made and timed.
        onPhase("timing and settling");
        wallFromMs = wallMs();
        cpuFrom = cpuSeconds();
        meter?.start();
        timedFrom = clock();
      }
    }
    next = committed < operations ? steps.next() : { done: true, value: undefined };
  }
  steps.return?.();
  if (committed < 1) {
    throw new HarnessError(
      "WORKLOAD_PARAMETERS",
      `The workload ended after ${committed + warmup} commits, in its warm-up of ${warmup}`,
      "Give a workload with more commits, or declare a shorter warm-up in the plan.",
    );
  }
  const timedTo = clock();
  await session.settle();
  const settledAt = clock();
  refuseClockAnomaly(elapsedSeconds(timedFrom, settledAt), (wallMs() - wallFromMs) / 1000, step);
  const cpuTo = cpuSeconds();
  return {
    io: meter?.stop(),
    series: [
      { series: "apply", samples: apply.subarray(0, committed) },
      { series: "commit", samples: commit.subarray(0, committed) },
      { series: "step", samples: step.subarray(0, committed) },
      { series: "checkout", samples: Float64Array.from(checkout) },
    ],
    userBytes,
    fileBytes,
    filePageBytes,
    cpuSeconds: { user: cpuTo.user - cpuFrom.user, system: cpuTo.system - cpuFrom.system },
    wallSeconds: {
      load: elapsedSeconds(loadFrom, loadTo),
      timed: elapsedSeconds(timedFrom, timedTo),
      settle: elapsedSeconds(timedTo, settledAt),
    },
  };
}

/**
 * Remembers what is needed to prove the work: the states' names and a seeded sample of paths. Only the workload
 * decides which paths are sampled, so every arm of equal length is asked for the same ones.
 */
class RunProbe {
  /** Base first, then one per commit step. */
  readonly states: StateId[] = [];
  readonly #base: Reservoir<string>;
  readonly #touched: Reservoir<string>;

  constructor(job: Length) {
    this.#base = new Reservoir(PATHS_COMPARED, new Random(job.seed, "paths compared: base"));
    this.#touched = new Reservoir(PATHS_COMPARED, new Random(job.seed, "paths compared: touched"));
  }

  *watchBase(base: Iterable<Edit>): Iterable<Edit> {
    for (const edit of base) {
      this.#base.offer(edit.path);
      yield edit;
    }
  }

  watchEdits(edits: readonly Edit[]): void {
    for (const edit of edits) this.#touched.offer(edit.path);
  }

  /** Ordinal -1 is the base. */
  stateAt(ordinal: number): StateId {
    const state = this.states[ordinal + 1];
    if (state !== undefined) return state;
    throw new HarnessError(
      "WORKLOAD_PARAMETERS",
      `The workload returns to commit ${ordinal}, which it has not made`,
      "This is a defect of the workload; its conformance suite shows where.",
    );
  }

  /**
   * sha256 over path count, modes and contents of the sampled paths, in the state as it was left and then in
   * three states checked out again: half-way, the base, the last. A subject that lost or mixed up states, or
   * committed something else than its working set, gets another digest.
   */
  async stateDigest(session: Session): Promise<string> {
    const paths = [...new Set([...this.#base.items, ...this.#touched.items])].sort();
    const digest = createHash("sha256");
    const last = this.states.length - 2;
    for (const ordinal of [undefined, last >> 1, -1, last]) {
      if (ordinal !== undefined) await session.checkout(this.stateAt(ordinal));
      digest.update(`${ordinal ?? "as left"}: ${await session.count()}\n`);
      for (const path of paths) {
        const bytes = await session.read(path);
        const content = bytes === undefined ? "absent" : createHash("sha256").update(bytes).digest("hex");
        digest.update(`${path}\0${(await session.mode(path)) ?? "absent"}\0${content}\n`);
      }
    }
    return `sha256:${digest.digest("hex")}`;
  }
}

/** A run whose clock cannot be trusted has no times; it is made again, as the fault is not the subject's. */
function refuseClockAnomaly(monotonicSeconds: number, wallSeconds: number, samplesUs: Float64Array): void {
  const backwards = samplesUs.findIndex((sample) => sample < 0);
  const anomaly =
    clockAnomaly(monotonicSeconds, wallSeconds) ??
    (backwards === -1
      ? undefined
      : `operation ${backwards} ended ${-(samplesUs[backwards] ?? 0)} us before it began`);
  if (anomaly === undefined) return;
  const remedy = "Run it where the clock is left alone; the run is repeated by itself first.";
  throw new HarnessError("CLOCK_ANOMALY", anomaly, remedy);
}

/** Processor time of this process and its waited-for children; without /proc of this process alone. */
function cpuSeconds(): { user: number; system: number } {
  try {
    return parseOwnStat(readFileSync("/proc/self/stat", "utf8"));
  } catch {
    const usage = process.cpuUsage();
    return { user: usage.user / 1e6, system: usage.system / 1e6 };
  }
}
