import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HarnessError } from "./errors.ts";
import { type Plan, canonicalJson, parsePlan, planHash } from "./plan.ts";

const arm = { id: "map", subject: "map", runs: 2, warmup: 0, operations: 10, timeoutSeconds: 5 };
const plan: Plan = {
  format: "helios-plan/1",
  id: "small",
  title: "A small plan",
  canGo: false,
  seed: 1,
  cells: [
    {
      id: "c-1",
      workload: "edits",
      parameters: { entries: 3 },
      durability: "process",
      arms: [arm],
      purpose: ["io"],
    },
  ],
  gates: [{ gate: "io-reduction", go: 0.99, noGo: 0.9, required: true }],
};

/** A deep copy of the plan with one value replaced; `undefined` removes the key. */
function changed(path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(plan) as unknown;
  let at = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  const last = path.at(-1) as string;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

function refusal(value: unknown, known = {}): HarnessError {
  try {
    parsePlan(value, known);
  } catch (error) {
    assert.ok(error instanceof HarnessError);
    assert.equal(error.code, "PLAN_INVALID");
    assert.ok(error.remedy.length > 0);
    return error;
  }
  throw new assert.AssertionError({ message: "was accepted" });
}

describe("parsePlan", () => {
  test("returns a valid plan as it is", () => assert.equal(parsePlan(plan), plan));

  for (const [name, path, value, message] of [
    ["another format", ["format"], "helios-plan/2", /format must be "helios-plan\/1"/],
    ["a missing key", ["seed"], undefined, /plan lacks "seed"/],
    ["an unknown key", ["cells", 0, "warmups"], 3, /cells\[0\] has an unknown key "warmups"/],
    ["no cells", ["cells"], [], /cells must be a list of at least 1/],
    ["a name that is no file name", ["cells", 0, "id"], "../x", /cells\[0\]\.id must be a name/],
    [
      "runs of text",
      ["cells", 0, "arms", 0, "runs"],
      "10",
      /cells\[0\]\.arms\[0\]\.runs must be a whole number/,
    ],
    ["no runs", ["cells", 0, "arms", 0, "runs"], 0, /arms\[0\]\.runs/],
    ["no operations", ["cells", 0, "arms", 0, "operations"], 0, /arms\[0\]\.operations/],
    ["no time", ["cells", 0, "arms", 0, "timeoutSeconds"], 0, /timeoutSeconds must be seconds above 0/],
    ["an unknown class", ["cells", 0, "durability"], "disk", /one of memory, process, power/],
    ["an unknown purpose", ["cells", 0, "purpose", 0], "fame", /one of latency, io, context/],
    ["a parameter that is a list", ["cells", 0, "parameters", "entries"], [1], /parameters\.entries/],
    ["a line that is not a number", ["gates", 0, "go"], "70", /gates\[0\]\.go must be a finite number/],
    ["arms named twice", ["cells", 0, "arms"], [arm, arm], /arms names "map" twice/],
    ["not an object", ["cells", 0], 3, /cells\[0\] must be an object/],
  ] as const) {
    test(`refuses ${name} and says where`, () =>
      assert.match(refusal(changed(path, value)).message, message));
  }

  test("names every problem at once", () => {
    const twice = changed(["seed"], "x") as Record<string, unknown>;
    twice["title"] = 5;
    assert.match(refusal(twice).message, /2 problem\(s\)[^]*title[^]*seed/);
  });

  test("refuses names that nobody knows, where the known ones are given", () => {
    assert.match(refusal(plan, { subjects: ["git"] }).message, /subject must be one of git, is "map"/);
    assert.match(refusal(plan, { workloads: ["history"] }).message, /workload must be one of history/);
    assert.match(refusal(plan, { gates: ["coverage"] }).message, /gate must be one of coverage/);
    assert.equal(parsePlan(plan, { subjects: ["map"], workloads: ["edits"], gates: ["io-reduction"] }), plan);
  });

  test("refuses what is no object at all", () => {
    for (const value of [null, [], "plan", 3, undefined]) refusal(value ?? null);
  });
});

describe("planHash", () => {
  test("depends on every value and not on the order of keys", () => {
    const reordered = Object.fromEntries(Object.entries(plan).reverse()) as unknown as Plan;
    assert.equal(planHash(reordered), planHash(plan));
    assert.notEqual(planHash({ ...plan, seed: 2 }), planHash(plan));
    assert.match(planHash(plan), /^sha256:[0-9a-f]{64}$/);
  });

  test("is over JSON with sorted keys and no spaces", () => {
    assert.equal(canonicalJson({ b: [1, { d: 1, c: 2 }], a: null }), '{"a":null,"b":[1,{"c":2,"d":1}]}');
  });
});
