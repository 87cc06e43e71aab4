/** The composite action, read the way GitHub reads it, and its scripts by our own front end. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { scanText } from "./scan.ts";

const directory = path.resolve(import.meta.dirname, "../../../.github/actions/helios-audit");
const text = readFileSync(path.join(directory, "action.yml"), "utf8");

interface Step {
  readonly name: string;
  readonly id?: string;
  readonly if?: string;
  readonly shell?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

interface Action {
  readonly name: string;
  readonly description: string;
  readonly inputs: Readonly<Record<string, { description: string; default?: string; required?: boolean }>>;
  readonly outputs: Readonly<Record<string, { description: string; value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

const action = parse(text) as Action;

test("the action is a composite one that GitHub accepts: every step runs or uses, every run says its shell", () => {
  assert.equal(action.runs.using, "composite");
  assert.ok(action.name !== "" && action.description !== "");
  for (const step of action.runs.steps) {
    assert.ok((step.run === undefined) !== (step.uses === undefined), step.name);
    if (step.run !== undefined) assert.equal(step.shell, "bash", step.name);
    if (step.uses !== undefined)
      assert.match(step.uses, /^[\w.-]+\/[\w./-]+@(?:v\d+|[0-9a-f]{40})$/, step.name);
  }
  for (const [name, input] of Object.entries(action.inputs)) {
    assert.match(input.description, /\S/, name);
    assert.equal(typeof input.default, "string", `${name} has a default, as text`);
  }
});

test("every expression names an input, an output or a context that is there", () => {
  const ids = new Set(action.runs.steps.flatMap((step) => step.id ?? []));
  const used = [...text.matchAll(/\$\{\{(.*?)\}\}/g)].map((match) => match[1] ?? "");
  for (const expression of used) {
    for (const [, name] of expression.matchAll(/inputs\.([\w-]+)/g))
      assert.ok(action.inputs[name ?? ""], name);
    for (const [, id] of expression.matchAll(/steps\.([\w-]+)\./g)) assert.ok(ids.has(id ?? ""), id);
  }
  const inputs = new Set(
    used.flatMap((expression) => [...expression.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name)),
  );
  assert.deepEqual(
    [...inputs].toSorted(byText),
    Object.keys(action.inputs).toSorted(byText),
    "every input is used",
  );
});

test("nothing from outside is written into a script: inputs come through the environment", () => {
  for (const step of action.runs.steps) assert.doesNotMatch(step.run ?? "", /\$\{\{/, step.name);
});

test("the verdict comes last, after the upload, and both even when a guard failed", () => {
  const names = action.runs.steps.map((step) => step.name);
  assert.deepEqual(names.slice(-2), ["code scanning", "verdict"]);
  for (const step of action.runs.steps.slice(-2)) assert.match(step.if ?? "", /!cancelled\(\)/);
});

test("the action and its scripts pass the guard", () => {
  for (const name of readdirSync(directory)) {
    const file = path.join(directory, name);
    const found = scanText(`.github/actions/helios-audit/${name}`, readFileSync(file, "utf8"));
    assert.deepEqual([found.hits, found.problems], [[], []], name);
  }
  // The front end that says so does find something where there is something.
  const planted = text.replace(/run: make .*/, "run: sudo mount -a");
  assert.equal(scanText(".github/actions/helios-audit/action.yml", planted).hits[0]?.rule.id, "mount-call");
});

function byText(a: string | undefined = "", b: string | undefined = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
