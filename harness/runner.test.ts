import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type JobOutcome, childProcessExecutor } from "./child-process.ts";
import { ioAvailability } from "./io-accounting.ts";
import { causeOf } from "./failure.ts";
import type { ExpectJob, RunJob } from "./job.ts";
import { ReferenceSession } from "./reference-session.ts";
import type { RunEvent, RunRecord } from "./results.ts";
import { measureRun } from "./run-session.ts";
import type { Subject } from "./subject.ts";
import type { Workload } from "./workload.ts";
import type { RunProgress } from "./progress.ts";
import { problemOf, runJobs } from "./runner.ts";

const entry = new URL("fixtures/pretend-child.ts", import.meta.url).pathname;
const execute = childProcessExecutor({ entry });

let directory = "";
before(() => (directory = mkdtempSync(join(tmpdir(), "helios-runner-"))));
after(() => rmSync(directory, { recursive: true, force: true }));

let jobs = 0;
function job(subject: string, changes: Partial<RunJob> = {}): RunJob {
  const runDirectory = join(directory, String(jobs++));
  return {
    kind: "run",
    cell: "cell",
    arm: subject,
    subject,
    workload: "counting",
    parameters: { entries: 5 },
    durability: "memory",
    seed: 1,
    run: 0,
    position: 0,
    warmup: 2,
    operations: 20,
    timeoutSeconds: 30,
    runDirectory,
    scratchDirectory: join(runDirectory, "scratch", subject),
    baseCache: join(runDirectory, "scratch", "cache"),
    ...changes,
  };
}

async function record(of: RunJob): Promise<RunRecord> {
  const outcome = await execute(of, undefined);
  if (outcome.kind === "record") return outcome.record;
  throw new assert.AssertionError({ message: JSON.stringify(outcome) });
}

describe("a run in its own process", () => {
  test("records samples, state and resources, and leaves no scratch behind", async () => {
    const of = job("right");
    const made = await record(of);
    assert.equal(made.outcome.kind, "completed");
    assert.deepEqual(
      made.samples.map(({ series, count }) => [series, count]),
      [
        ["apply", 20],
        ["commit", 20],
        ["step", 20],
        ["checkout", 7],
      ],
    );
    assert.ok(made.peakRssBytes > 10 << 20);
    assert.ok(made.timerCostNs > 0);
    // Steps 2 to 21 of the count: eight of one digit and twelve of two, each with its line feed.
    assert.equal(made.userBytes, 8 * 2 + 12 * 3);
    assert.equal(made.workingSetBytes, 0);
    assert.ok(!existsSync(of.scratchDirectory));
    const step = readFileSync(join(of.runDirectory, "runs/cell/right-0.step.f64"));
    assert.equal(step.length, 160);
    for (let i = 0; i < 20; i++) assert.ok(step.readDoubleLE(8 * i) > 0);
  });

  test("reaches the state that the reference reaches, and a liar does not", async () => {
    const of = job("right");
    const expectation: ExpectJob = { ...of, kind: "expect" };
    const expected = await execute(expectation, undefined);
    assert.equal(expected.kind, "expected");
    const digest = expected.kind === "expected" ? expected.stateDigest : "";
    assert.match(digest, /^sha256:[0-9a-f]{64}$/);
    assert.equal((await record(of)).stateDigest, digest);
    assert.notEqual((await record(job("liar"))).stateDigest, digest);
  });

  test("is charged for what its children wrote while settling", async () => {
    const of = job("writer");
    const made = await record(of);
    const available = ioAvailability(directory).kind === "available";
    if (available) assert.ok((made.io?.wcharBytes ?? 0) >= 1 << 20, JSON.stringify(made.io));
    else assert.match(made.ioReason ?? "", /tmpfs|\/proc/);
    assert.equal(made.workingSetBytes, made.userBytes);
    assert.equal(made.workingSetStorageBytes, 20 * 4096);
  });

  test("gives fewer samples where the workload ends early, and fails where it ends in the warm-up", async () => {
    const made = await record(job("right", { parameters: { entries: 5, commits: 7 } }));
    assert.equal(made.samples.find(({ series }) => series === "step")?.count, 5);
    const outcome = await execute(job("right", { parameters: { entries: 5, commits: 2 } }), undefined);
    assert.ok(outcome.kind === "failed" && outcome.code === "WORKLOAD_PARAMETERS", JSON.stringify(outcome));
  });

  test("that throws is a failure with the error's code", async () => {
    const outcome = await execute(job("thrower"), undefined);
    assert.deepEqual(outcome, { kind: "failed", code: "DISK_FULL", message: "no room" });
  });

  test("that exits is a failure with its exit code and last words", async () => {
    const outcome = await execute(job("crasher"), undefined);
    assert.ok(outcome.kind === "failed" && outcome.code === "RUN_FAILED", JSON.stringify(outcome));
    assert.match(outcome.message, /exit code 7.*out of luck/);
  });

  test("that is killed by a signal is a failure that names it", async () => {
    const outcome = await execute(job("killed"), undefined);
    assert.ok(outcome.kind === "failed" && /SIG/.test(outcome.message), JSON.stringify(outcome));
  });

  test("that hangs is ended with its children when its limit is over", async () => {
    // On a busy machine the process may not have come to its hanging when the limit is over: then with a longer one.
    for (const timeoutSeconds of [1.5, 6, 24]) {
      const of = job("hanger", { timeoutSeconds });
      const outcome = await execute(of, undefined);
      assert.ok(outcome.kind === "timeout", JSON.stringify(outcome));
      assert.deepEqual([outcome.limit, outcome.limitSeconds], ["run", timeoutSeconds]);
      assert.ok(!existsSync(of.scratchDirectory));
      if (outcome.phase !== "loading") continue;
      const grandchild = Number(readFileSync(join(of.scratchDirectory, "../pid"), "utf8"));
      assert.ok(await isGone(grandchild), `process ${grandchild} is still there`);
      return;
    }
    assert.fail("it never came to load its base");
  });

  test("that answers and does not end is ended, and says which limit it was", async () => {
    const impatient = childProcessExecutor({ entry, exitSeconds: 1 });
    const outcome = await impatient(job("leaver"), undefined);
    assert.deepEqual(outcome, { kind: "timeout", limit: "exit", limitSeconds: 1, phase: "proving" });
  });

  test("that another program killed is not the subject's failure", async () => {
    const outcome = await execute(job("ended"), undefined);
    assert.ok(outcome.kind === "failed" && outcome.code === "RUN_KILLED", JSON.stringify(outcome));
    assert.match(outcome.message, /SIGKILL before it answered, while starting/);
  });

  test("gets the arguments and variables of its arm", async () => {
    const of = job("right", { nodeArguments: ["--no-such-argument"] });
    const refused = await execute(of, undefined);
    assert.ok(refused.kind === "failed" && /no-such-argument/.test(refused.message), JSON.stringify(refused));
    const preload = "data:text/javascript,process.exitCode=9;throw new Error(process.env.OWN)";
    const own = job("right", {
      nodeArguments: ["--import", preload],
      environment: { OWN: "as it was told" },
    });
    const outcome = await execute(own, undefined);
    assert.ok(outcome.kind === "failed" && /as it was told/.test(outcome.message), JSON.stringify(outcome));
  });

  test("ends at once when the validation is aborted", async () => {
    const controller = new AbortController();
    const of = job("hanger");
    const running = execute(of, controller.signal);
    setTimeout(() => controller.abort(new Error("stop")), 300);
    await assert.rejects(running, /stop/);
    assert.ok(!existsSync(of.scratchDirectory));
  });

  test("that cannot be started at all is a failure", async () => {
    const outcome = await childProcessExecutor({ entry: join(directory, "no-such-module.ts") })(
      job("right"),
      undefined,
    );
    assert.ok(outcome.kind === "failed" && /no-such-module/.test(outcome.message), JSON.stringify(outcome));
  });
});

/** A killed process may stay for a moment as a zombie until its parent, the system's first process, reaps it. */
async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      if (stat.slice(stat.lastIndexOf(")")).startsWith(") Z")) return true;
    } catch {
      try {
        process.kill(pid, 0);
      } catch {
        return true;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

describe("runJobs", () => {
  const pretendRecord = (of: RunJob): RunRecord =>
    ({ cell: of.cell, arm: of.arm, run: of.run, outcome: { kind: "completed" } }) as RunRecord;

  test("keeps finished runs, goes on after a failure, and says how far it is", async () => {
    let nowMs = 0;
    const answers: JobOutcome[] = [
      { kind: "record", record: pretendRecord(job("a")), p95Us: 12 },
      { kind: "failed", code: "CORRUPT", message: "no sense" },
      { kind: "timeout", limitSeconds: 9 },
      { kind: "record", record: pretendRecord(job("a", { run: 1 })), p95Us: 14 },
    ];
    const records: RunRecord[] = [];
    const progress: RunProgress[] = [];
    await runJobs({
      jobs: [job("a"), job("b"), job("c"), job("a", { run: 1 })],
      execute: () => {
        nowMs += 2000;
        return Promise.resolve(answers.shift() as JobOutcome);
      },
      onRecord: (made) => records.push(made),
      onProgress: (event) => progress.push(event),
      now: () => nowMs,
    });
    assert.deepEqual(
      records.map(({ outcome }) => outcome.kind),
      ["completed", "failed", "timeout", "completed"],
    );
    assert.match(problemOf(records[1] as RunRecord) ?? "", /CORRUPT: no sense/);
    assert.match(problemOf(records[2] as RunRecord) ?? "", /limit of 9 s/);
    assert.equal(problemOf(records[0] as RunRecord), undefined);
    const finished = progress.filter(({ kind }) => kind === "finished");
    assert.deepEqual(
      finished.map(({ done }) => done),
      [1, 2, 3, 4],
    );
    assert.deepEqual(
      finished.map(({ secondsLeft }) => secondsLeft),
      [6, 4, 2, 0],
    );
    assert.equal(progress[0]?.secondsLeft, undefined);
    const [arm, ...others] = finished[3]?.arms ?? [];
    assert.deepEqual(others, []);
    assert.deepEqual(arm, { arm: "a", runs: 2, p95Us: 13, lowerUs: 12, upperUs: 14, confidence: 0.75 });
    assert.match(finished[1]?.problem ?? "", /CORRUPT/);
  });

  test("stops between runs when aborted, with the records made so far", async () => {
    const controller = new AbortController();
    const records: RunRecord[] = [];
    const running = runJobs({
      jobs: [job("a"), job("b")],
      execute: (of) =>
        Promise.resolve({ kind: "record", record: pretendRecord(of as RunJob), p95Us: undefined }),
      onRecord: (made) => {
        records.push(made);
        controller.abort(new Error("stop"));
      },
      signal: controller.signal,
    });
    await assert.rejects(running, /stop/);
    assert.equal(records.length, 1);
  });
});

describe("a run that failed for a reason of its environment", () => {
  const records: RunRecord[] = [];
  const events: RunEvent[] = [];
  const waits: number[] = [];
  async function run(of: RunJob, retries: number): Promise<void> {
    records.length = events.length = waits.length = 0;
    await runJobs({
      jobs: [of],
      execute,
      retries,
      onRecord: (made) => records.push(made),
      onEvent: (event) => events.push(event),
      sleep: (ms) => Promise.resolve(void waits.push(ms)),
    });
  }

  test("is made again, and the try that failed is listed", async () => {
    await run(job("server"), 2);
    const [made] = records;
    assert.equal(made?.outcome.kind, "completed");
    assert.deepEqual(
      made.attempts?.map(({ code }) => code),
      ["ECONNREFUSED"],
    );
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ["retried"],
    );
    assert.deepEqual(waits, [1000]);
  });

  test("is given up after so many tries, as a failure of the environment", async () => {
    await run(job("gone"), 2);
    const [made] = records;
    assert.ok(made?.outcome.kind === "failed" && made.outcome.cause === "environment");
    assert.equal(made.attempts?.length, 2);
    assert.deepEqual(waits, [1000, 2000]);
    assert.match(problemOf(made) ?? "", /a reason of its environment \(after 2 more tries\): ECONNREFUSED/);
  });

  test("is told apart from the subject's own failures, which are never repeated", async () => {
    for (const subject of ["crasher", "killed"]) {
      await run(job(subject), 5);
      assert.deepEqual([records.length, events.length, waits.length], [1, 0, 0], subject);
      assert.ok(records[0]?.outcome.kind === "failed" && records[0].outcome.cause === undefined, subject);
    }
    const causes = [
      "57P01",
      "08006",
      "EPIPE",
      "CLOCK_ANOMALY",
      "ENOSPC",
      "SQLITE_FULL",
      "23505",
      "RUN_FAILED",
    ];
    assert.deepEqual(causes.map(causeOf), [
      ...Array<string>(4).fill("environment"),
      ...Array<string>(2).fill("disk-full"),
      ...Array<string>(2).fill("subject"),
    ]);
  });

  const noDevice = existsSync("/dev/full") ? false : "no /dev/full";
  test("because the disk is full stops everything, and says how to go on", { skip: noDevice }, async () => {
    const stopped = run(job("full"), 2);
    await assert.rejects(stopped, { code: "DISK_FULL", message: /ENOSPC/, remedy: /Make room.*--resume/ });
    assert.deepEqual(records, []);
  });
});

describe("a run whose clock cannot be trusted", () => {
  const subject: Subject = {
    id: "map",
    title: "pretend",
    durabilityClasses: ["memory"],
    workingSet: "internal",
    availability: () => Promise.resolve({ kind: "available", version: "1" }),
    open: () => Promise.resolve(new ReferenceSession()),
  };
  const workload: Workload = {
    id: "same",
    title: "The same again and again.",
    base: () => [],
    *steps() {
      for (;;) yield { kind: "commit", edits: [] };
    },
  };
  /** Every reading of the monotonic clock is `ns` later; the wall clock runs as `wallMs` says. */
  const measured = (ns: bigint, wallMs: (call: number) => number): Promise<unknown> => {
    let now = 0n;
    let calls = 0;
    const clock = (): bigint => (now += ns);
    const of = job("right");
    const made = measureRun(of, subject, workload, { clock, wallMs: () => wallMs(calls++) });
    // In its own process the runner would do it.
    return made.finally(() => rmSync(of.scratchDirectory, { recursive: true, force: true }));
  };

  test("has no numbers: the wall clock was set back, or forward, or time itself went backwards", async () => {
    const set = { code: "CLOCK_ANOMALY" };
    await assert.rejects(
      measured(1000n, (call) => -60_000 * call),
      { ...set, message: /went back by 60/ },
    );
    await assert.rejects(
      measured(1000n, (call) => 60_000 * call),
      { ...set, message: /ran ahead by 60/ },
    );
    await assert.rejects(
      measured(-1000n, () => 0),
      { ...set, message: /monotonic clock went back/ },
    );
  });

  test("is not one whose clocks differ by less than a slewed clock does", async () => {
    await measured(1000n, (call) => 20 * call);
  });
});

describe("runs that were begun before", () => {
  test("count as done, and what they showed counts", async () => {
    const progress: RunProgress[] = [];
    await runJobs({
      jobs: [job("a", { run: 1 })],
      finished: [{ record: { cell: "cell", arm: "a", run: 0 } as RunRecord, p95Us: 10 }],
      execute: (of) =>
        Promise.resolve({
          kind: "record",
          record: { ...of, outcome: { kind: "completed" } } as never,
          p95Us: 20,
        }),
      onRecord: () => {},
      onProgress: (event) => progress.push(event),
      expectedSeconds: () => 7,
      beforeRun: () => Promise.resolve(),
    });
    assert.deepEqual(
      progress.map(({ kind, done, total, secondsLeft }) => [kind, done, total, secondsLeft]),
      [
        ["waiting", 1, 2, 7],
        ["started", 1, 2, 7],
        ["finished", 2, 2, 0],
      ],
    );
    assert.equal(progress[0]?.arms[0]?.p95Us, 10);
    assert.equal(progress[2]?.arms[0]?.p95Us, 15);
  });
});

test("nothing is left of any run but its samples", () => {
  for (const name of readdirSync(directory)) {
    const scratch = join(directory, name, "scratch");
    if (existsSync(scratch))
      assert.deepEqual(
        readdirSync(scratch).filter((entry) => entry !== "pid"),
        [],
      );
  }
});
