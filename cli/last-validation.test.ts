import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { lastValidation } from "./last-validation.ts";

const folder = mkdtempSync(join(tmpdir(), "helios-runs-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(name: string, report: unknown): void {
  mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, name, "report.json"),
    typeof report === "string" ? report : JSON.stringify(report),
  );
}
const reportWith = (gate: object) => ({ plan: { id: "phase0" }, gates: [{ id: "commit-p95" }, gate] });

test("the newest run that has the number gives it, with its date and where it stands", () => {
  assert.equal(lastValidation(join(folder, "nowhere")), undefined);
  run(
    "20250101T120000Z-phase0",
    reportWith({ id: "io-reduction", outcome: "hold", value: 0.98, bound: 0.97 }),
  );
  run(
    "20250102T120000Z-phase0",
    reportWith({ id: "io-reduction", outcome: "go", value: 0.995123, bound: 0.9941 }),
  );
  // Without the number, unfinished, and not a run.
  run("20250103T120000Z-phase0", reportWith({ id: "io-reduction", outcome: "inconclusive" }));
  run("20250104T120000Z-phase0", '{"plan"');
  run("notes", reportWith({ id: "io-reduction", outcome: "go", value: 1 }));
  mkdirSync(join(folder, "20250105T120000Z-phase0"));
  assert.deepEqual(lastValidation(folder), {
    ioReductionPercent: 99.5123,
    lowerBoundPercent: 99.41,
    date: "2025-01-02T12:00:00Z",
    plan: "phase0",
    outcome: "go",
    report: join(folder, "20250102T120000Z-phase0/report.json"),
  });
});
