import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { buildReport, type Report } from "@helios/reports";
import { readReport, requireStoredEqual, writeReports } from "./stored-report.ts";

const root = mkdtempSync(join(tmpdir(), "helios-stored-report-"));
after(() => rmSync(root, { recursive: true, force: true }));
const directory = () => mkdtempSync(join(root, "run-"));

const report: Report = buildReport({
  plan: { format: "helios-plan/1", id: "small", title: "Small", canGo: false, seed: 1, cells: [], gates: [] },
  planHash: `sha256:${"0".repeat(64)}`,
  environment: {
    format: "helios-environment/1",
    recordedAt: "2025-01-01T00:00:00.000Z",
    heliosVersion: "0.1.0",
    node: "v24.0.0",
    platform: "linux-x64",
    kernel: "6",
    cpuModel: "cpu",
    cores: 2,
    memoryBytes: 1,
    filesystem: "ext4",
    loadAverage: [0, 0, 0],
    tools: {},
  },
  judgement: { verdict: "HOLD", headline: "HOLD: nothing was judged.", gates: [], whatWouldChangeIt: [] },
  cells: [],
  timerCostNs: 30,
  rawData: [],
});

test("three files are written whole, and the report read back is the report", async () => {
  const run = directory();
  await writeReports(run, report);
  assert.deepEqual(readdirSync(run).sort(), ["report.html", "report.json", "report.md"]);
  assert.deepEqual(await readReport(run), JSON.parse(JSON.stringify(report)));
  assert.deepEqual(await readReport(join(run, "report.json")), await readReport(run));
  await requireStoredEqual(run, report);
});

for (const file of ["report.json", "report.md", "report.html"]) {
  test(`one byte more in ${file} is found, with its place`, async () => {
    const run = directory();
    await writeReports(run, report);
    appendFileSync(join(run, file), "x");
    await assert.rejects(requireStoredEqual(run, report), {
      code: "REPORT_DIFFERS",
      message: new RegExp(`^${file} .*line \\d+`),
    });
  });

  test(`${file} missing is said, with what to do`, async () => {
    const run = directory();
    await writeReports(run, report);
    rmSync(join(run, file));
    await assert.rejects(requireStoredEqual(run, report), { code: "REPORT_MISSING", remedy: /--write/ });
  });
}

test("a directory without a report, and a report that is none, are told apart", async () => {
  const run = directory();
  await assert.rejects(readReport(run), { code: "REPORT_MISSING" });
  writeFileSync(join(run, "report.json"), "{}");
  await assert.rejects(readReport(run), { code: "REPORT_INVALID" });
});
