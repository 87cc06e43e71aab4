/** A forest is a map with history, however its paths are divided: it holds what a plain map holds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { Helios, HeliosError, type PartitionRules, verifyForestProof } from "../index.ts";
import { comparePaths } from "../tree/tree-entry.ts";
import type { Forest } from "./forest.ts";

type Model = Map<string, string>;

const isForestProof = new Ajv2020({ strictTuples: false }).compile(
  JSON.parse(readFileSync(new URL("../schemas/forest-proof.schema.json", import.meta.url), "utf8")) as object,
);

const paths = [
  "a",
  "a/b",
  "b/c",
  "b/d/e",
  "b/d/f",
  "c",
  "*",
  "*/x",
  "é/z",
  "b\u{10000}/y",
  "b\uffff/y",
  "10/q",
  "9/q",
];
const path = fc.constantFrom(...paths);
const content = fc.nat(5).map(String);
const rules = fc.constantFrom<PartitionRules | undefined>(
  undefined,
  { all: ["*"] },
  { b: ["b/", "a"], d: ["b/d/"], "10": ["10/", "9/"], rest: ["*"] },
);
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), at: fc.nat(), path, content }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), at: fc.nat(), path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("commit" as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fork" as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restore" as const), at: fc.nat(), state: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("become" as const), at: fc.nat(), state: fc.nat() }) },
);

const isBelow = (a: string, b: string) => a.startsWith(`${b}/`);
const sorted = (model: Model) => [...model].sort(([a], [b]) => comparePaths(a, b));
const contentsOf = (forest: Forest): [string, string][] =>
  Array.from(forest.entries(), ({ path: at }) => [at, Buffer.from(forest.read(at)!).toString()]);

function assertEqual(forest: Forest, model: Model): void {
  assert.deepEqual(contentsOf(forest), sorted(model));
  assert.equal(forest.size, model.size);
  for (const prefix of ["b", "b/", "*", "9"])
    assert.equal(forest.count(prefix), [...model.keys()].filter((at) => at.startsWith(prefix)).length);
  assert.deepEqual(
    forest.trees,
    [...new Set([...model.keys()].map((at) => forest.partition.treeOf(at)))].sort(comparePaths),
  );
}

/** The same content by another way, in another store. */
function idElsewhere(other: Helios, trees: PartitionRules | undefined, model: Model): string {
  const forest = other.forest(undefined, trees === undefined ? {} : { trees });
  for (const [at, value] of sorted(model).reverse()) forest.write(at, value);
  forest.write("zz/passing", "1");
  if (model.size % 2 === 0) forest.commit();
  forest.delete("zz/passing");
  return forest.identify();
}

test("any mixture of writes, deletes, commits, forks and restores gives what a map gives, and the id of its content alone", async () => {
  const other = await Helios.open({ root: "", l2: "memory" });
  await fc.assert(
    fc.asyncProperty(rules, fc.array(action, { maxLength: 40, size: "max" }), async (trees, actions) => {
      const helios = await Helios.open({ root: "", l2: "memory" });
      const states: { id: ReturnType<Forest["identify"]>; model: Model }[] = [];
      const all = [
        { forest: helios.forest(undefined, trees === undefined ? {} : { trees }), model: new Map() as Model },
      ];
      for (const step of actions) {
        const one = all[step.at % all.length]!;
        const { forest, model } = one;
        if (step.do === "write") {
          const conflicts = [...model.keys()].some((at) => isBelow(at, step.path) || isBelow(step.path, at));
          if (conflicts)
            assert.throws(
              () => forest.write(step.path, step.content),
              (error) => error instanceof HeliosError && error.code === "PATH_CONFLICT",
            );
          else {
            forest.write(step.path, step.content);
            model.set(step.path, step.content);
          }
        } else if (step.do === "delete") {
          assert.equal(forest.delete(step.path), model.delete(step.path));
        } else if (step.do === "commit") {
          const { id } = forest.commit();
          assert.equal(forest.identify(), id);
          assert.deepEqual(forest.changes(), []);
          states.push({ id, model: new Map(model) });
        } else if (step.do === "fork") {
          all.push({ forest: forest.fork(), model: new Map(model) });
        } else if (states.length > 0) {
          const state = states[step.state % states.length]!;
          forest.restore(state.id);
          one.model = new Map(state.model);
        }
      }
      for (const { forest, model } of all) {
        assertEqual(forest, model);
        assert.equal(forest.identify(), idElsewhere(other, trees, model));
      }
      for (const { id, model } of states) assertEqual(helios.forest(id), model);
      const [first, last] = [all[0]!, all.at(-1)!];
      const differing = paths.filter((at) => first.model.get(at) !== last.model.get(at)).sort(comparePaths);
      assert.deepEqual(
        first.forest.diff(last.forest).changes.map((change) => change.path),
        differing,
      );
      await helios.close();
    }),
    { numRuns: 60 },
  );
  await other.close();
});

test("a proof shows what a map has at a path or in a range, and nothing changed in it passes", async () => {
  const helios = await Helios.open({ root: "", l2: "memory" });
  const bound = fc.option(fc.constantFrom("", "*", "a", "b/", "b/d", "b/d/f", "c", "zz"), { nil: undefined });
  const query = fc.oneof(
    fc.record({
      kind: fc.constant("path" as const),
      path: fc.constantFrom(...paths, "nowhere", "nowhere/x"),
    }),
    fc.record({ gte: bound, lt: bound, prefix: bound }).map((bounds) => ({
      kind: "range" as const,
      ...Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== undefined)),
    })),
  );
  fc.assert(
    fc.property(rules, fc.subarray(paths), query, fc.nat(), (trees, held, asked, seed) => {
      const forest = helios.forest(undefined, trees === undefined ? {} : { trees });
      const model = new Set<string>();
      for (const at of held) {
        if ([...model].some((each) => isBelow(each, at) || isBelow(at, each))) continue;
        forest.write(at, at);
        model.add(at);
      }
      let proof;
      try {
        proof = forest.prove(asked);
      } catch (error) {
        assert.ok(error instanceof HeliosError && error.code === "RANGE_INVALID");
        return;
      }
      const id = forest.identify();
      assert.ok(isForestProof(proof), JSON.stringify(isForestProof.errors));
      const verdict = verifyForestProof(JSON.parse(JSON.stringify(proof)), id, asked);
      assert.ok(verdict.valid, JSON.stringify(verdict));
      const {
        gte = "",
        lt = "\u{10ffff}",
        prefix = "",
      } = asked as { gte?: string; lt?: string; prefix?: string };
      const expected = [...model].filter((at) =>
        asked.kind === "path"
          ? at === asked.path
          : comparePaths(at, gte) >= 0 && comparePaths(at, lt) < 0 && at.startsWith(prefix),
      );
      assert.deepEqual(
        verdict.entries.map((entry) => entry.path),
        expected.sort(comparePaths),
      );
      const tampered = changedSomewhere(proof, seed);
      if (JSON.stringify(tampered) !== JSON.stringify(proof))
        assert.equal(verifyForestProof(tampered, id, asked).valid, false, JSON.stringify(tampered));
    }),
    { numRuns: 300 },
  );
  await helios.close();
});

/** The value with one of its texts or lists changed. */
function changedSomewhere(value: unknown, seed: number): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  const places: (() => void)[] = [];
  const visit = (holder: Record<string, unknown>, key: string): void => {
    const at = holder[key];
    if (typeof at === "string") places.push(() => (holder[key] = at === "" ? "x" : at.slice(0, -1)));
    else if (Array.isArray(at)) {
      places.push(() => (holder[key] = at.slice(1)));
      places.push(() => (holder[key] = [...at, ...at]));
    }
    if (typeof at === "object" && at !== null)
      for (const inner of Object.keys(at)) visit(at as Record<string, unknown>, inner);
    else places.push(() => (holder[key] = null));
  };
  const top = { copy };
  visit(top, "copy");
  places[seed % places.length]!();
  return top.copy;
}
