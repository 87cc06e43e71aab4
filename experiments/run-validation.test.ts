import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import {
  type Arm,
  type Cell,
  type Executor,
  type Plan,
  type RunJob,
  type RunRecord,
  mergeRunDirectories,
  readRunDirectory,
} from "@helios/harness";
import { summarize } from "./evidence/index.ts";
import { gitEnvironment } from "./git-command.ts";
import {
  type ValidationProgress,
  loadPlan,
  runValidation,
  sealRunDirectory,
  writeEvidence,
} from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "helios-validation-"));
after(() => rmSync(root, { recursive: true, force: true }));
let outs = 0;
const freshOut = (): string => join(root, `out-${outs++}`);

const arm = (id: string, subject: string, changes: Partial<Arm> = {}): Arm => ({
  id,
  subject,
  runs: 1,
  warmup: 2,
  operations: 6,
  timeoutSeconds: 60,
  ...changes,
});

const edits: Cell = {
  id: "edits-50",
  workload: "edits",
  parameters: { entries: 50 },
  durability: "process",
  arms: [arm("helios", "helios"), arm("git", "git", { runs: 2 })],
  purpose: ["io"],
};
const exploration: Cell = {
  ...edits,
  id: "exploration-50",
  workload: "exploration",
  arms: [arm("helios", "helios"), arm("git", "git")],
};
const history: Cell = {
  ...exploration,
  id: "history",
  workload: "history",
  parameters: { mostCommits: 8, mostBaseMegabytes: 10, mostStepMegabytes: 10 },
  purpose: ["context"],
};

const planOf = (...cells: Cell[]): Plan => ({
  format: "helios-plan/1",
  id: "tiny",
  title: "Tiny",
  canGo: false,
  seed: 5,
  cells,
  gates: loadPlan("phase0").gates,
});

function repository(commits: number): string {
  const repo = mkdtempSync(join(root, "repo-"));
  const git = (...args: string[]): void => {
    const identity = ["-c", "user.name=A", "-c", "user.email=a@b"];
    execFileSync("git", ["-C", repo, ...identity, ...args], { env: gitEnvironment(), stdio: "ignore" });
  };
  git("init", "-q", ".");
  for (let i = 0; i < commits; i++) {
    writeFileSync(join(repo, `größe ${i % 3}`), `${i}\n`);
    git("add", "-A");
    git("commit", "-q", "-m", String(i));
  }
  return repo;
}

/** Answers without starting a process. */
const pretend: Executor = (job) =>
  Promise.resolve(
    job.kind === "expect"
      ? { kind: "expected", stateDigest: "sha256:x" }
      : { kind: "record", record: pretendRecord(job), p95Us: undefined },
  );

function pretendRecord(job: RunJob): RunRecord {
  const { cell, arm, subject, durability, run, position } = job;
  const wallSeconds = { load: 0, timed: 0, settle: 0 };
  const rest = {
    outcome: { kind: "completed" },
    samples: [],
    stateDigest: "sha256:x",
    timerCostNs: 30,
    wallSeconds,
  };
  return {
    format: "helios-run/1",
    cell,
    arm,
    subject,
    durability,
    run,
    position,
    ...rest,
  } as unknown as RunRecord;
}

describe("a validation", () => {
  test("with real subjects ends in a directory that can be sealed, read and summed up", async () => {
    const out = freshOut();
    const progress: ValidationProgress[] = [];
    const directory = await runValidation({
      plan: planOf(edits, exploration, history),
      repo: repository(9),
      out,
      onProgress: (event) => progress.push(event),
    });
    assert.equal(directory, out);
    assert.deepEqual(readdirSync(out).sort(), [
      "environment.json",
      "events.jsonl",
      "evidence",
      "plan.json",
      "runs",
    ]);
    writeEvidence(directory, "licences", { scanned: 1 });
    sealRunDirectory(directory);
    const summary = summarize(directory);
    for (const cell of summary.cells) {
      assert.equal(cell.statesAgree, true, cell.cell);
      for (const one of cell.arms) {
        assert.deepEqual(one.problems, [], `${cell.cell}/${one.arm}`);
        assert.equal(one.operationsPerRun, 6);
        assert.ok((one.p50?.value ?? 0) > 0);
      }
    }
    assert.equal(summary.cells[2]?.parameters["commitsReplayed"], 8);
    assert.ok(summary.environment.tools["git"]);
    const finished = progress.flatMap((event) => (event.kind === "finished" ? [event] : []));
    assert.deepEqual(
      finished.map(({ done }) => done),
      [1, 2, 3, 4, 5, 6, 7],
    );
    assert.equal(finished.at(-1)?.total, 7);
    assert.equal(progress.filter((event) => event.kind === "preparing").length, 3);
    const record = JSON.parse(readFileSync(join(out, "runs/edits-50/git-1.json"), "utf8")) as RunRecord;
    // Everything Git wrote in eight commits is more than what the edits alone wrote.
    if (record.io) assert.ok(record.io.wcharBytes > record.workingSetBytes && record.workingSetBytes > 0);
  });

  test("leaves out a history that is too short, says why, and carries out the rest", async () => {
    const out = freshOut();
    await runValidation({ plan: planOf(edits, history), repo: repository(2), out, execute: pretend });
    sealRunDirectory(out);
    const [, cell] = summarize(out).cells;
    assert.match(cell?.arms[0]?.problems[0] ?? "", /not run: 2 commit\(s\)/);
    assert.ok(existsSync(join(out, "runs/edits-50/helios-0.json")));
    assert.ok(!existsSync(join(out, "runs/history/helios-0.json")));
  });

  test("whose expected state cannot be worked out leaves the cell out", async () => {
    const out = freshOut();
    const execute: Executor = (job, signal) =>
      job.kind === "expect"
        ? Promise.resolve({ kind: "failed", code: "RUN_FAILED", message: "no memory" })
        : pretend(job, signal);
    await runValidation({ plan: planOf(edits), out, execute });
    sealRunDirectory(out);
    assert.match(
      summarize(out).cells[0]?.arms[0]?.problems[0] ?? "",
      /could not be worked out: RUN_FAILED: no memory/,
    );
  });

  test("that is aborted keeps its finished runs, removes its scratch, and cannot be taken for a finished one", async () => {
    const out = freshOut();
    const controller = new AbortController();
    const running = runValidation({
      plan: planOf(edits),
      out,
      signal: controller.signal,
      execute: pretend,
      onProgress: (event) => {
        if (event.kind === "finished") controller.abort(new Error("interrupted"));
      },
    });
    await assert.rejects(running, /interrupted/);
    assert.equal(readdirSync(join(out, "runs/edits-50")).length, 2);
    assert.ok(!existsSync(join(out, "scratch")));
    assert.throws(() => summarize(out), { code: "RUN_DIRECTORY", message: /not finished/ });
  });

  test("gives all arms of a cell the same workload and seed, interleaved", async () => {
    const jobs: RunJob[] = [];
    const four = arm("helios", "helios", { runs: 4 });
    const execute: Executor = (job, signal) => {
      if (job.kind === "run") jobs.push(job);
      return pretend(job, signal);
    };
    const plan = planOf({ ...edits, arms: [four, { ...four, id: "helios-again" }] });
    await runValidation({ plan, out: freshOut(), execute });
    assert.equal(new Set(jobs.map(({ seed, parameters }) => JSON.stringify([seed, parameters]))).size, 1);
    assert.deepEqual(
      jobs.map(({ position }) => position),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
    const order = jobs.map((job) => job.arm);
    assert.deepEqual(order.slice(2, 4), order.slice(0, 2).reverse());
    assert.equal(new Set(jobs.map(({ scratchDirectory }) => scratchDirectory)).size, 8);
  });
});

describe("an interrupted validation", () => {
  const plan = planOf({
    ...edits,
    arms: [arm("helios", "helios", { runs: 3 }), arm("git", "git", { runs: 2 })],
  });

  /** Executes runs as `answers` says, in order; then as ever. */
  function counted(answers: readonly (Awaited<ReturnType<Executor>> | undefined)[] = []) {
    const runs: string[] = [];
    const execute: Executor = (job, signal) => {
      if (job.kind === "expect") return pretend(job, signal);
      runs.push(`${job.arm}-${job.run}`);
      const answer = answers[runs.length - 1];
      return answer ? Promise.resolve(answer) : pretend(job, signal);
    };
    return { execute, runs };
  }

  /** Interrupted after two runs. */
  async function interrupted(): Promise<{ out: string; made: string[] }> {
    const out = freshOut();
    const controller = new AbortController();
    const { execute, runs } = counted();
    const running = runValidation({
      plan,
      out,
      signal: controller.signal,
      execute,
      onProgress: (event) => {
        if (event.kind === "finished" && event.done === 2) controller.abort(new Error("interrupted"));
      },
    });
    await assert.rejects(running, /interrupted/);
    return { out, made: runs };
  }

  test("goes on where it stopped, and repeats no finished run", async () => {
    const { out, made } = await interrupted();
    const { execute, runs } = counted();
    const progress: ValidationProgress[] = [];
    await runValidation({ out, resume: true, execute, onProgress: (event) => progress.push(event) });
    assert.deepEqual([made.length, runs.length], [2, 3]);
    assert.equal(new Set([...made, ...runs]).size, 5);
    sealRunDirectory(out);
    const { events, records } = readRunDirectory(out);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ["begun", "stopped", "resumed"],
    );
    assert.deepEqual(
      records.map(({ position }) => position).sort((a, b) => a - b),
      [0, 1, 2, 3, 4],
    );
    const first = progress.find((event) => event.kind === "started");
    assert.ok(first?.kind === "started" && first.done === 2 && first.total === 5);
  });

  test("because the disk was full goes on when there is room, with the run that had none", async () => {
    const out = freshOut();
    const full = { kind: "failed", code: "ENOSPC", message: "no space left on device" } as const;
    const first = counted([undefined, full]);
    const stopped = runValidation({ plan, out, execute: first.execute });
    await assert.rejects(stopped, { code: "DISK_FULL", remedy: /--resume/ });
    const { execute, runs } = counted();
    await runValidation({ out, resume: true, execute });
    assert.equal(runs.length, 4);
    assert.equal(runs[0], first.runs[1]);
  });

  test("gives another chance to what failed through its environment, not to what failed by itself", async () => {
    const { out, made } = await interrupted();
    const file = (run: string): string => join(out, `runs/edits-50/${run}.json`);
    const [first = "", second = ""] = made;
    for (const [run, cause] of [
      [first, { cause: "environment" }],
      [second, {}],
    ] as const) {
      const record = JSON.parse(readFileSync(file(run), "utf8")) as RunRecord;
      const outcome = { kind: "failed", code: "X", message: "x", ...cause };
      writeFileSync(file(run), JSON.stringify({ ...record, outcome }));
    }
    const { execute, runs } = counted();
    await runValidation({ out, resume: true, execute });
    assert.ok(runs.includes(first) && !runs.includes(second));
  });

  test("is not gone on with under another plan, as another shard, elsewhere, or twice at once", async () => {
    const refused = async (
      out: string,
      message: RegExp,
      more: Partial<Parameters<typeof runValidation>[0]> = {},
    ): Promise<void> => {
      const { execute, runs } = counted();
      const going = runValidation({ out, resume: true, execute, ...more });
      await assert.rejects(going, { code: "RUN_DIRECTORY", message });
      assert.deepEqual(runs, []);
    };
    const { out } = await interrupted();
    await refused(out, /begun with another plan/, { plan: { ...plan, seed: 6 } });
    await refused(out, /a run without shards/, { shard: { format: "helios-shard/1", index: 1, count: 2 } });
    await refused(join(root, "nothing-here"), /no runs were begun/);

    const environment = join(out, "environment.json");
    const was = readFileSync(environment, "utf8");
    writeFileSync(environment, was.replace(/"node":"[^"]*"/, '"node":"v0.0.1"'));
    await refused(out, /another environment: Node v0\.0\.1 and v/);
    writeFileSync(environment, was);

    const startTicks = existsSync("/proc/self/stat")
      ? readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ")[19]
      : undefined;
    if (startTicks !== undefined) {
      mkdirSync(join(out, "scratch"));
      writeFileSync(join(out, "scratch/owner.json"), JSON.stringify({ pid: process.pid, startTicks }));
      await refused(out, new RegExp(`worked on by process ${process.pid}`));
      // The number of a process that ended was given to another one.
      writeFileSync(join(out, "scratch/owner.json"), JSON.stringify({ pid: process.pid, startTicks: "1" }));
    }
    await runValidation({ out, resume: true, execute: pretend });
    sealRunDirectory(out);
    await refused(out, /is finished/);
  });
});

describe("a shard of a validation", () => {
  test("makes its runs only, and all shards together make the whole", async () => {
    const plan = planOf({
      ...edits,
      arms: [arm("helios", "helios", { runs: 5 }), arm("git", "git", { runs: 3 })],
    });
    const outs: string[] = [];
    for (const index of [1, 2]) {
      const out = freshOut();
      await runValidation({
        plan,
        out,
        execute: pretend,
        shard: { format: "helios-shard/1", index, count: 2 },
      });
      sealRunDirectory(out);
      outs.push(out);
    }
    assert.deepEqual(
      outs.map((out) => readRunDirectory(out).records.length),
      [5, 3],
    );
    const whole = freshOut();
    mergeRunDirectories(outs, whole);
    assert.equal(readRunDirectory(whole).records.length, 8);
  });
});

describe("a subject that cannot be measured here", () => {
  test("is left out with the reason, and the others are measured", async () => {
    const path = process.env["PATH"];
    const out = freshOut();
    process.env["PATH"] = root;
    try {
      await runValidation({ plan: { ...planOf(edits), gates: [] }, out, execute: pretend });
    } finally {
      process.env["PATH"] = path;
    }
    sealRunDirectory(out);
    const run = readRunDirectory(out);
    assert.deepEqual(
      run.records.map(({ arm: id }) => id),
      ["helios"],
    );
    const [skipped] = run.cells.get("edits-50")?.skipped ?? [];
    assert.deepEqual([skipped?.arm, skipped?.subject], ["git", "git"]);
    assert.match(skipped?.reason ?? "", /git was not found/);
    const [, git] = summarize(out).cells[0]?.arms ?? [];
    assert.match(git?.problems[0] ?? "", /^skipped: the program git was not found/);
  });
});

describe("a validation that cannot be carried out is refused with nothing written", () => {
  async function assertRefused(
    code: string,
    options: Partial<Parameters<typeof runValidation>[0]>,
  ): Promise<void> {
    const out = options.out ?? freshOut();
    const running = runValidation({ plan: planOf(edits), execute: pretend, ...options, out });
    await assert.rejects(running, (error: Error & { code?: string; remedy?: string }) => {
      assert.equal(error.code, code, error.stack);
      assert.ok((error.remedy ?? "").length > 0);
      return true;
    });
    assert.ok(options.out !== undefined || !existsSync(out), "nothing was written");
  }

  test("for a plan with an unknown subject or workload", async () => {
    await assertRefused("PLAN_INVALID", { plan: planOf({ ...edits, arms: [arm("cvs", "cvs")] }) });
    await assertRefused("PLAN_INVALID", { plan: planOf({ ...edits, workload: "chess" }) });
  });

  test("for options of a subject that takes none, and for a revision that is not checked out", async () => {
    const options = { ...edits, arms: [arm("helios", "helios", { options: { fast: true } })] };
    await assertRefused("PLAN_INVALID", { plan: planOf(options) });
    const revision = { ...edits, arms: [arm("helios", "helios", { revision: "0".repeat(40) })] };
    await assertRefused("PLAN_INVALID", { plan: planOf(revision) });
  });

  test("for a class that a subject does not have", async () => {
    await assertRefused("PLAN_INVALID", { plan: planOf({ ...edits, durability: "memory" }) });
  });

  test("without Git where the plan needs it", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = root;
    try {
      await assertRefused("GIT_MISSING", {});
    } finally {
      process.env["PATH"] = path;
    }
  });

  test("for a given repository that is none, or is empty", async () => {
    const plan = planOf(history);
    await assertRefused("NOT_A_GIT_REPOSITORY", { plan, repo: join(root, "nowhere") });
    await assertRefused("EMPTY_REPOSITORY", { plan, repo: repository(0) });
  });

  test("for an output directory with something in it, which stays as it is", async () => {
    const out = freshOut();
    mkdirSync(out);
    writeFileSync(join(out, "mine"), "x");
    await assertRefused("RUN_DIRECTORY", { out });
    assert.deepEqual(readdirSync(out), ["mine"]);
  });

  test(
    "for an output directory in memory",
    { skip: existsSync("/dev/shm") ? false : "no /dev/shm" },
    async () => {
      const out = "/dev/shm/helios-validation-test";
      await assertRefused("IO_ACCOUNTING_UNAVAILABLE", { out });
      assert.ok(!existsSync(out));
    },
  );
});
