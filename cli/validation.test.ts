/**
 * The whole road on a small plan with real subjects: measured once, then judged, rechecked and tampered with. Short
 * runs on purpose: nothing here depends on how fast they are.
 */
import assert from "node:assert/strict";
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { loadPlan, runValidation } from "@helios/experiments";
import type { Plan } from "@helios/harness";
import type { GuardResult } from "@helios/policy";
import { schemaProblems, type Report } from "@helios/reports";
import { assertMatchesSchema } from "./check-json.ts";
import { Phases } from "./phases.ts";
import { spawnCli } from "./spawn-cli.ts";
import { requireStoredEqual, writeReports } from "./stored-report.ts";
import { judgeRunDirectory, validate, type Collector } from "./validation.ts";

const short = { runs: 2, warmup: 2, operations: 20, timeoutSeconds: 30 };

const plan: Plan = {
  ...loadPlan("phase0-quick"),
  id: "small",
  title: "Small",
  canGo: true,
  quietWaitSeconds: 0,
  cells: [
    {
      id: "edits-50",
      workload: "edits",
      parameters: { entries: 50 },
      durability: "process",
      arms: [
        { id: "helios", subject: "helios", ...short },
        { id: "helios-again", subject: "helios", ...short },
        { id: "git", subject: "git", ...short, runs: 1 },
      ],
      purpose: ["latency"],
    },
  ],
};

const clean: GuardResult = {
  guard: "licences",
  verdict: "pass",
  reason: "3 packages, all allowed",
  scanned: 3,
  scannedUnit: "packages",
  findings: [],
  notScanned: [],
  suppressed: [],
};

const licences: Collector = { name: "licences", title: "Licences", collect: () => Promise.resolve(clean) };

const root = mkdtempSync(join(tmpdir(), "helios-validation-"));
const measured = join(root, "measured");
before(() => runValidation({ plan, out: measured }));
after(() => rmSync(root, { recursive: true, force: true }));

let copies = 0;

/** A validation whose measuring is the copy of one that was really made. */
async function validated(
  collectors: readonly Collector[],
  signal = new AbortController().signal,
): Promise<{ out: string; report: Report }> {
  copies += 1;
  const out = join(root, `copy-${copies}`);
  const measure = () => Promise.resolve(cpSync(measured, out, { recursive: true }));
  const phases = new Phases({ write: () => true }, collectors.length + 2);
  const report = await validate({ out, signal, phases, measure, collectors });
  await writeReports(out, report);
  return { out, report };
}

const gate = (report: Report, id: string) => report.gates.find((each) => each.id === id);

test("a validation ends in a report that keeps the schema and says where its numbers come from", async () => {
  const { report } = await validated([licences]);
  assert.deepEqual(schemaProblems(JSON.parse(JSON.stringify(report))), []);
  assert.notEqual(report.verdict, "GO");
  const [cell] = report.cells;
  assert.equal(cell?.statesAgree, true);
  assert.deepEqual(
    cell.arms.map(({ arm, runsCompleted }) => [arm, runsCompleted]),
    [
      ["helios", 2],
      ["helios-again", 2],
      ["git", 1],
    ],
  );
  assert.ok(report.rawData.some(({ file }) => file.endsWith(".step.f64")));
  assert.equal(gate(report, "licences")?.outcome, "go");
  assert.equal(gate(report, "licences")?.source, "evidence/licences.json");
});

test("judged again, the same directory gives the same bytes", async () => {
  const { out } = await validated([licences]);
  await requireStoredEqual(out, judgeRunDirectory(out));
});

test("what nobody collected is inconclusive, with what would supply it", async () => {
  const { report } = await validated([]);
  for (const id of [
    "coverage",
    "licences",
    "user-space-only",
    "vulnerabilities",
    "success-score",
    "community",
  ]) {
    assert.equal(gate(report, id)?.outcome, "inconclusive", id);
    assert.equal(gate(report, id)?.evidence, "missing", id);
    assert.ok(gate(report, id)?.remedy, id);
  }
});

test("a collector that fails costs its own evidence, not the validation", async () => {
  const failure = Object.assign(new Error("the disk is gone"), { remedy: "buy another disk" });
  const { report } = await validated([{ ...licences, collect: () => Promise.reject(failure) }]);
  assert.equal(gate(report, "licences")?.outcome, "inconclusive");
  assert.match(gate(report, "licences")?.reason ?? "", /the disk is gone/);
  assert.equal(gate(report, "licences")?.remedy, "buy another disk");
});

test("a guard that found something makes the verdict NO-GO, and an unchecked one never passes", async () => {
  const finding = {
    ruleId: "licences/denied",
    level: "error",
    category: "licence",
    message: "AGPL-3.0-only",
    file: "package-lock.json",
    line: 1,
    column: 1,
    package: "evil@1.0.0",
  } as const;
  const failed: GuardResult = { ...clean, verdict: "fail", findings: [finding] };
  const { report } = await validated([{ ...licences, collect: () => Promise.resolve(failed) }]);
  assert.equal(report.verdict, "NO-GO");
  assert.match(report.headline, /evil@1\.0\.0/);

  const unchecked: GuardResult = { ...clean, verdict: "not-checked", scanned: 0 };
  const second = await validated([{ ...licences, collect: () => Promise.resolve(unchecked) }]);
  assert.equal(gate(second.report, "licences")?.outcome, "inconclusive");
});

test("an interrupted validation says so and leaves no report", async () => {
  const interrupt = new AbortController();
  const reason = new Error("interrupted");
  const collect = () => {
    interrupt.abort(reason);
    return Promise.reject(new Error("stopped"));
  };
  await assert.rejects(validated([{ ...licences, collect }], interrupt.signal), reason);
  assert.ok(!readdirSync(join(root, `copy-${copies}`)).includes("report.json"));
});

for (const file of [
  "plan.json",
  "environment.json",
  "evidence/licences.json",
  "runs/edits-50/helios-0.json",
  "runs/edits-50/helios-0.step.f64",
]) {
  test(`one byte more in ${file} is named, and nothing is judged`, async () => {
    const { out } = await validated([licences]);
    appendFileSync(join(out, file), " ");
    assert.throws(() => judgeRunDirectory(out), { code: "RUN_TAMPERED", message: new RegExp(file) });
  });
}

test("a file taken away or slipped in is named", async () => {
  const { out } = await validated([licences]);
  writeFileSync(join(out, "evidence", "coverage.json"), "{}");
  assert.throws(() => judgeRunDirectory(out), { code: "RUN_TAMPERED", message: /coverage\.json/ });
  rmSync(join(out, "evidence"), { recursive: true });
  assert.throws(() => judgeRunDirectory(out), { code: "RUN_TAMPERED", message: /licences\.json/ });
});

test("report recheck: status by verdict, and JSON by its schema", async () => {
  const { out, report } = await validated([licences]);
  const run = await spawnCli(["report", "recheck", out, "--json"], { cwd: root });
  assert.equal(run.status, { GO: 0, "NO-GO": 1, HOLD: 3 }[report.verdict], run.stderr);
  const value = JSON.parse(run.stdout.toString()) as Record<string, unknown>;
  assertMatchesSchema("report-recheck", value);
  assert.equal(value["verdict"], report.verdict);
});

test("report recheck: a changed sample and a changed report both end with 2, named", async () => {
  const { out } = await validated([licences]);
  appendFileSync(join(out, "report.md"), "all is well\n");
  const changed = await spawnCli(["report", "recheck", out], { cwd: root });
  assert.equal(changed.status, 2);
  assert.match(changed.stderr, /REPORT_DIFFERS.*report\.md/);
  const samples = join(out, "runs/edits-50/git-0.step.f64");
  const bytes = readFileSync(samples);
  bytes[3] = (bytes[3] ?? 0) ^ 1;
  writeFileSync(samples, bytes);
  const tampered = await spawnCli(["report", "recheck", out], { cwd: root });
  assert.equal(tampered.status, 2);
  assert.match(tampered.stderr, /RUN_TAMPERED.*git-0\.step\.f64/);
});

test("report recheck --write mends derived files from the raw samples", async () => {
  const { out } = await validated([licences]);
  rmSync(join(out, "report.html"));
  await spawnCli(["report", "recheck", out, "--write"], { cwd: root });
  await requireStoredEqual(out, judgeRunDirectory(out));
});

test("report render: every format, to standard output and to a file", async () => {
  const { out, report } = await validated([licences]);
  for (const [format, file] of [
    ["markdown", "report.md"],
    ["html", "report.html"],
    ["json", "report.json"],
  ] as const) {
    const run = await spawnCli(["report", "render", out, "--format", format], { cwd: root });
    assert.equal(run.stdout.toString(), readFileSync(join(out, file), "utf8"), format);
  }
  const target = join(root, "summary.txt");
  const run = await spawnCli(["report", "render", out, "--out", target, "--json"], { cwd: root });
  assertMatchesSchema("report-render", JSON.parse(run.stdout.toString()));
  assert.match(readFileSync(target, "utf8"), new RegExp(report.verdict));
});

test("benchmark refuses what it cannot do before it writes anything", async () => {
  const asks: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /USAGE_FLAG.*say which plan/],
    [["--phase0-validaton"], /USAGE_FLAG/],
    [["--phase0-validation", "--repo", root], /NOT_A_GIT_REPOSITORY/],
    [["--phase0-validation", "--out", measured], /RUN_DIRECTORY.*not empty/],
  ];
  for (const [args, message] of asks) {
    const cwd = mkdtempSync(join(root, "cwd-"));
    const run = await spawnCli(["benchmark", ...args], { cwd });
    assert.equal(run.status, 2, args.join(" "));
    assert.match(run.stderr, message);
    assert.equal(run.stdout.length, 0);
    assert.deepEqual(readdirSync(cwd), []);
  }
});
