import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { HarnessError } from "./errors.ts";
import type { Plan } from "./plan.ts";
import type { Environment, RunRecord } from "./results.ts";
import { readRunDirectory } from "./read-run-directory.ts";
import {
  createRunDirectory,
  sealRunDirectory,
  writeEvidence,
  writeJson,
  writeRunRecord,
  writeSamples,
} from "./run-directory.ts";

const plan: Plan = {
  format: "helios-plan/1",
  id: "p",
  title: "P",
  canGo: false,
  seed: 1,
  cells: [
    {
      id: "c",
      workload: "w",
      parameters: {},
      durability: "memory",
      purpose: ["context"],
      arms: [{ id: "a", subject: "s", runs: 2, warmup: 0, operations: 3, timeoutSeconds: 1 }],
    },
  ],
  gates: [{ gate: "g", go: 1, noGo: 2, required: true }],
};

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "helios-run-directory-"));
  createRunDirectory(directory);
  writeJson(directory, "plan.json", plan);
  const environment = { format: "helios-environment/1", node: "v0" } as unknown as Environment;
  writeJson(directory, "environment.json", environment);
  writeJson(directory, "runs/c/cell.json", {
    format: "helios-cell/1",
    cell: "c",
    facts: { n: 1 },
    expected: [],
  });
  writeRun(0);
  writeEvidence(directory, "licences", { scanned: 3 });
  sealRunDirectory(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function writeRun(run: number, changes: Partial<RunRecord> = {}): void {
  const samples = [writeSamples(directory, `runs/c/a-${run}`, "step", Float64Array.of(1.5, -0, 3e-7))];
  const record = {
    format: "helios-run/1",
    cell: "c",
    arm: "a",
    subject: "s",
    durability: "memory",
    run,
    samples,
  };
  writeRunRecord(directory, `runs/c/a-${run}`, { ...record, ...changes } as RunRecord);
}

function assertTampered(file: string): void {
  assert.throws(
    () => readRunDirectory(directory),
    (error) => error instanceof HarnessError && error.code === "RUN_TAMPERED" && error.message.includes(file),
    file,
  );
}

describe("a sealed run directory", () => {
  test("is read back as it was written", () => {
    const read = readRunDirectory(directory);
    assert.deepEqual(read.plan, plan);
    assert.equal(read.records.length, 1);
    assert.deepEqual(read.samples(read.records[0] as RunRecord, "step"), Float64Array.of(1.5, -0, 3e-7));
    assert.equal(read.samples(read.records[0] as RunRecord, "apply"), undefined);
    assert.deepEqual(read.evidence.get("licences"), { scanned: 3 });
    assert.deepEqual(read.cells.get("c")?.facts, { n: 1 });
  });

  test("may gain its reports, which are not part of the manifest", () => {
    for (const name of ["report.json", "report.md", "report.html"]) writeFileSync(join(directory, name), "x");
    readRunDirectory(directory);
  });

  for (const file of [
    "plan.json",
    "environment.json",
    "runs/c/a-0.json",
    "runs/c/a-0.step.f64",
    "evidence/licences.json",
  ]) {
    test(`is refused when ${file} changed by one byte`, () => {
      const bytes = readFileSync(join(directory, file));
      bytes[3] = (bytes[3] as number) ^ 1;
      writeFileSync(join(directory, file), bytes);
      assertTampered(file);
    });

    test(`is refused when ${file} is missing`, () => {
      unlinkSync(join(directory, file));
      assertTampered(file);
    });
  }

  test("is refused when a file was added", () => {
    writeRun(1);
    assertTampered("runs/c/a-1");
  });

  test("is refused without a manifest: its run was not finished", () => {
    unlinkSync(join(directory, "manifest.json"));
    assert.throws(() => readRunDirectory(directory), { code: "RUN_DIRECTORY", message: /not finished/ });
    assert.throws(() => readRunDirectory(join(directory, "nowhere")), {
      code: "RUN_DIRECTORY",
      message: /not exist/,
    });
  });

  test("is refused with a manifest that is no JSON or leads outside", () => {
    appendFileSync(join(directory, "manifest.json"), "}");
    assertTampered("manifest.json");
    writeFileSync(
      join(directory, "manifest.json"),
      JSON.stringify({ format: "helios-manifest/1", files: [{ file: "../x", sha256: "" }] }),
    );
    assertTampered("manifest.json");
  });
});

describe("a directory sealed with contents that contradict each other", () => {
  const sealedAgain = (): void => void sealRunDirectory(directory);

  test("is refused when a run says it is another run", () => {
    writeRun(1, { run: 0 });
    sealedAgain();
    assertTampered("runs/c/a-1.json");
  });

  test("is refused when the plan has no such run", () => {
    writeRun(2);
    sealedAgain();
    assertTampered("runs/c/a-2.json");
  });

  test("is refused when a run's subject or class is not the plan's", () => {
    writeRun(1, { durability: "power" });
    sealedAgain();
    assertTampered("runs/c/a-1.json");
  });

  test("is refused when samples are not those their run recorded", () => {
    writeSamples(directory, "runs/c/a-0", "step", Float64Array.of(1, 2, 3));
    sealedAgain();
    assertTampered("runs/c/a-0.step.f64");
  });

  test("is refused when a file has an unknown format", () => {
    writeJson(directory, "environment.json", { format: "helios-environment/9" });
    sealedAgain();
    assertTampered("environment.json");
  });
});

describe("createRunDirectory", () => {
  test("refuses a directory that is not empty, or is a file, and leaves it alone", () => {
    assert.throws(() => createRunDirectory(directory), { code: "RUN_DIRECTORY", message: /not empty/ });
    const file = join(directory, "plan.json");
    assert.throws(() => createRunDirectory(file), { code: "RUN_DIRECTORY" });
    assert.throws(() => createRunDirectory(join(file, "below")), { code: "RUN_DIRECTORY" });
  });
});

test("evidence has a plain name", () => {
  assert.throws(() => writeEvidence(directory, "../plan", {}), RangeError);
});
