import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import fc from "fast-check";
import { HarnessError } from "./errors.ts";
import { planHash } from "./plan.ts";
import { parsePlanText, readPlanFile } from "./plan-file.ts";

const good = `# yaml-language-server: $schema=plan.schema.json
format: helios-plan/1
id: small
title: A small plan
canGo: false
seed: 1
x-length: &length { runs: 2, warmup: 0, operations: 10, timeoutSeconds: 5 }
cells:
  - id: c-1
    workload: edits
    parameters: { entries: 3 }
    durability: process
    purpose: [io]
    arms:
      - { id: map, subject: map, <<: *length }
      - id: other
        subject: git
        <<: *length
        runs: 5
gates:
  - { gate: io-reduction, go: 0.99, noGo: 0.9, required: true }
`;

function refusal(text: string, known = {}): HarnessError {
  try {
    parsePlanText(text, "p.yaml", known);
  } catch (error) {
    assert.ok(error instanceof HarnessError, String(error));
    assert.equal(error.code, "PLAN_INVALID");
    assert.ok(error.remedy.length > 0);
    return error;
  }
  throw new assert.AssertionError({ message: "was accepted" });
}

describe("a plan file", () => {
  test("gives the value it says, anchors and merge keys resolved, their holders left out", () => {
    const plan = parsePlanText(good, "p.yaml");
    assert.deepEqual(plan.cells[0]?.arms[1], {
      id: "other",
      subject: "git",
      runs: 5,
      warmup: 0,
      operations: 10,
      timeoutSeconds: 5,
    });
    assert.ok(!("x-length" in plan));
  });

  test("has the hash of its value: neither comments nor order nor notation count", () => {
    const plan = parsePlanText(good, "p.yaml");
    const asJson = JSON.stringify(Object.fromEntries(Object.entries(plan).reverse()));
    assert.equal(planHash(parsePlanText(asJson, "p.json")), planHash(plan));
    assert.notEqual(planHash(parsePlanText(good.replace("seed: 1", "seed: 2"), "p.yaml")), planHash(plan));
  });

  for (const [name, from, to, message] of [
    [
      "a misspelt key, with the right one",
      "canGo: false",
      "cango: false",
      /p\.yaml:5:1: plan has an unknown key "cango".*did you mean "canGo"\?/,
    ],
    ["a key that is missing", "title: A small plan\n", "", /p\.yaml:2:1: plan lacks "title"/],
    [
      "a wrong value",
      "        runs: 5",
      "        runs: many",
      /p\.yaml:19:15: cells\[0\]\.arms\[1\]\.runs must be a whole number of at least 1, is "many"/,
    ],
    [
      "a value below its least",
      "entries: 3 }",
      "entries: 3 }\n    extra: 1",
      /p\.yaml:12:5: cells\[0\] has an unknown key "extra"/,
    ],
    [
      "a value where the anchor has it",
      "operations: 10",
      "operations: 0",
      /p\.yaml:7:\d+: cells\[0\]\.arms\[0\]\.operations must be a whole number of at least 1, is 0/,
    ],
    [
      "an unknown class, with the known ones",
      "durability: process",
      "durability: proces",
      /p\.yaml:12:17: .*one of memory, process, power, is "proces"; did you mean "process"\?/,
    ],
    [
      "a text where a number should be",
      "go: 0.99",
      "go: high",
      /p\.yaml:21:31: gates\[0\]\.go must be a finite number, is "high"/,
    ],
    ["a number that is not finite", "go: 0.99", "go: .inf", /gates\[0\]\.go must be a finite number/],
    [
      "a value that is empty",
      "seed: 1",
      "seed:",
      /p\.yaml:6:\d+: seed must be a whole number of at least 0, is null/,
    ],
    ["an id used twice", "id: other", "id: map", /p\.yaml:16:13: cells\[0\]\.arms names "map" twice/],
    ["a key given twice", "seed: 1", "seed: 1\nseed: 2", /p\.yaml:7:1: Map keys must be unique/],
    ["a tab as indentation", "    workload: edits", "\tworkload: edits", /p\.yaml:10:\d+: /],
    [
      "an anchor that is not there",
      "<<: *length }",
      "<<: *width }",
      /p\.yaml:15:\d+: there is no anchor &width/,
    ],
    ["a list that was not closed", "purpose: [io]", "purpose: [io", /p\.yaml:1\d:\d+: /],
    ["no seconds", "timeoutSeconds: 5", "timeoutSeconds: 0", /timeoutSeconds must be seconds above 0, is 0/],
    [
      "a revision that is none",
      "        runs: 5",
      "        runs: 5\n        revision: main",
      /p\.yaml:20:19: .*revision must be a commit of 40/,
    ],
  ] as const) {
    test(`is refused for ${name}, with line and column`, () => {
      assert.ok(good.includes(from), from);
      assert.match(refusal(good.replace(from, to)).message, message);
    });
  }

  test("is refused for names that nobody knows, with the one that was meant", () => {
    const known = { subjects: ["map", "gti"], workloads: ["edit"], gates: ["io-reductions"] };
    const { message } = refusal(good, known);
    assert.match(message, /3 problem\(s\)/);
    assert.match(message, /p\.yaml:10:15: .*workload must be one of edit, is "edits"; did you mean "edit"\?/);
    assert.match(message, /p\.yaml:17:18: .*subject must be one of map, gti, is "git"; did you mean "gti"\?/);
    assert.match(message, /p\.yaml:21:13: .*did you mean "io-reductions"\?/);
  });

  test("is refused when it is no map, empty, or two documents", () => {
    for (const text of ["", "- 1\n", "plan\n", "3\n", "null\n"])
      assert.match(refusal(text).message, /plan must be an object/);
    assert.match(refusal(`${good}---\n${good}`).message, /multiple documents/);
  });

  test("cannot fill the memory with aliases of aliases", () => {
    const levels = Array.from({ length: 9 }, (_, i) => {
      const names = Array.from({ length: 10 }, () => (i === 0 ? '"x"' : `*a${i - 1}`));
      return `x-${i}: &a${i} [${names.join(", ")}]`;
    });
    assert.match(refusal(`${levels.join("\n")}\n${good}`).message, /alias/i);
  });

  test("whatever the text, is either a plan or refused in words", () => {
    const piece = fc.constantFrom(
      "a: ",
      "- ",
      "&x ",
      "*x",
      "{",
      "}",
      "[",
      "]",
      "\n",
      "  ",
      "'",
      '"',
      ": ",
      "<<: ",
      "1",
      "\t",
      "#",
      "|",
      "!!binary ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        assert.match(refusal(pieces.join("")).message, /p\.yaml:\d+:\d+: /);
      }),
    );
  });
});

describe("reading a plan file", () => {
  const directory = mkdtempSync(join(tmpdir(), "helios-plan-"));
  after(() => rmSync(directory, { recursive: true, force: true }));

  test("names the file in its problems, and says where there is none", () => {
    const file = join(directory, "mine.yaml");
    writeFileSync(file, good.replace("format: ", "from: "));
    assert.throws(() => readPlanFile(file), { code: "PLAN_INVALID", message: /mine\.yaml:2:1: .*"from"/ });
    assert.throws(() => readPlanFile(join(directory, "none.yaml")), {
      message: /There is no file/,
      remedy: /benchmark list/,
    });
    assert.throws(() => readPlanFile(directory), { code: "PLAN_INVALID", message: /EISDIR/ });
  });
});
