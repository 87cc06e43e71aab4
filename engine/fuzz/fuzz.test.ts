/** The short setting of `make fuzz`, the corpus, and the fuzzer itself. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { HeliosError } from "../errors.ts";
import { corpusOf, failureOf, fuzz, keepInput } from "./run.fuzz.ts";
import type { FuzzTarget } from "./target.fuzz.ts";
import { unlessRefused } from "./target.fuzz.ts";
import { fuzzTargets } from "./targets.fuzz.ts";

describe("inputs that failed once", () => {
  for (const target of fuzzTargets)
    for (const { name, input } of corpusOf(target))
      test(`${target.name}: ${name}`, () => assert.equal(failureOf(target, input), undefined));
});

test("every target holds for 300 inputs of a fixed seed and for a second of a new one", async (t) => {
  const fixed = await fuzz({ targets: fuzzTargets, seed: 1, iterationsEach: 300 });
  const fresh = await fuzz({ targets: fuzzTargets, seed: Date.now() % 2 ** 31, seconds: 1 });
  for (const { seed, iterations, failures } of [fixed, fresh]) {
    t.diagnostic(`seed ${seed}: ${[...iterations].map(([name, n]) => `${name} ${n}`).join(", ")}`);
    assert.deepEqual(
      failures.map(({ target, iteration, input, error }) => ({
        target,
        iteration,
        input: input.toString("hex"),
        error,
      })),
      [],
      `seed ${seed}`,
    );
  }
});

/** Fails on every input that holds an `x`. */
const planted: FuzzTarget = {
  name: "planted",
  generate: () => Buffer.from("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaxaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
  check(input) {
    if (input.includes("x")) throw new TypeError("planted");
  },
};

test("a failure is found, made short, the same for the same seed, and kept", async () => {
  const run = async () => (await fuzz({ targets: [planted], seed: 7, iterations: 1000 })).failures[0]!;
  const { target, iteration, input, error } = await run();
  assert.equal(target, "planted");
  assert.equal(input.toString(), "x");
  assert.ok(error instanceof TypeError);
  assert.equal((await run()).iteration, iteration);
  const corpus = mkdtempSync(join(tmpdir(), "helios-corpus-"));
  keepInput("planted", input, corpus);
  assert.deepEqual(
    corpusOf(planted, corpus).map((each) => each.input.toString()),
    ["x"],
  );
  rmSync(corpus, { recursive: true });
});

test("an allocation out of proportion is a failure", async () => {
  const greedy: FuzzTarget = {
    name: "greedy",
    generate: () => Buffer.alloc(4),
    check: () => void Buffer.allocUnsafeSlow(128 * 1024 * 1024),
  };
  const { failures } = await fuzz({ targets: [greedy], seed: 1, iterations: 1 });
  assert.match(String(failures[0]?.error), /134217728 bytes/);
});

test("a refusal counts as one only as a HeliosError of the codes named", () => {
  const refuse = (code: "PATH_INVALID" | "STORE_CORRUPT") => () => {
    throw new HeliosError(code, "m", "r");
  };
  assert.equal(unlessRefused(refuse("PATH_INVALID"), ["PATH_INVALID"]), undefined);
  assert.throws(() => unlessRefused(refuse("STORE_CORRUPT"), ["PATH_INVALID"]), /refused with STORE_CORRUPT/);
  assert.throws(() => unlessRefused(() => JSON.parse("{")), SyntaxError);
});
