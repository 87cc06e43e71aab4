import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Helios, HeliosError } from "../index.ts";
import { search, type SearchProblem } from "./index.ts";

let helios: Helios;
beforeEach(async () => void (helios = await Helios.open({ root: "", l2: "memory" })));
afterEach(() => helios.close());

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? "").toString();

/** One letter more at each step; the reward is how much of the word is right. */
function spelling(word: string, letters = "abcdefgh"): SearchProblem<string> {
  return {
    players: 1,
    propose: ({ vst }) =>
      text(vst.read("word")).length < word.length ? [...letters].map((action) => ({ action })) : [],
    apply: (vst, letter) => vst.write("word", text(vst.read("word")) + letter),
    evaluate({ vst }) {
      const tried = text(vst.read("word"));
      let right = 0;
      while (right < tried.length && tried[right] === word[right]) right++;
      return { reward: right / word.length, final: tried.length >= word.length };
    },
  };
}

/** Adds numbers to a set, in any order. */
const subsets: SearchProblem<number> = {
  players: 1,
  propose: ({ vst }) => [0, 1, 2, 3].filter((n) => !vst.has(`has/${n}`)).map((action) => ({ action })),
  apply: (vst, n) => vst.write(`has/${n}`, ""),
  evaluate: () => ({ reward: 0 }),
};

/** Take one to three; who takes the last one wins. Lost for whoever is to move at a multiple of four. */
function nim(heap: number): SearchProblem<number> {
  const left = (bytes: Uint8Array | undefined) => (bytes === undefined ? heap : Number(text(bytes)));
  return {
    players: 2,
    propose: ({ vst }) => [1, 2, 3].filter((n) => n <= left(vst.read("heap"))).map((action) => ({ action })),
    apply: (vst, n) => vst.write("heap", String(left(vst.read("heap")) - n)),
    evaluate({ vst }, { random }) {
      let rest = left(vst.read("heap"));
      if (rest === 0) return { reward: 1, final: true };
      // A random game: who moved into this state wins when the other one does not take the last.
      let moverWins = true;
      for (; rest > 0; rest -= Math.min(rest, 1 + Math.floor(random() * 3))) moverWins = !moverWins;
      return { reward: moverWins ? 1 : 0 };
    },
  };
}

test("finds what it is rewarded for, by the steps it says", async () => {
  const result = await search({
    helios,
    from: "main",
    problem: spelling("cabbage"),
    exploration: 0.2,
    budget: { iterations: 5000 },
  });
  assert.equal(result.end, "goal");
  assert.equal(result.best!.line.join(""), "cabbage");
  assert.equal(text(helios.checkout(result.best!.commit).read("word")), "cabbage");
  assert.equal(helios.resolve(result.best!.commit), result.best!.id);
  assert.equal(result.states, result.evaluations);
});

test("moves no ref, and begins where it is told", async () => {
  const vst = helios.checkout("main");
  vst.write("word", "ab");
  const base = vst.commit();
  for (const from of ["main", base.commit, base.id, base]) {
    const result = await search({ helios, from, problem: spelling("abba"), budget: { iterations: 500 } });
    assert.equal(result.best!.line.join(""), "ba");
  }
  assert.equal(helios.resolve("main"), base.id);
});

test("the same seed gives the same search", async () => {
  const runs = [];
  for (const seed of [7, 7, 8]) {
    const own = await Helios.open({ root: "", l2: "memory" });
    const { elapsedMs: _, ...result } = await search({
      helios: own,
      from: "main",
      problem: nim(21),
      seed,
      budget: { iterations: 300 },
    });
    runs.push(JSON.stringify(result));
    await own.close();
  }
  assert.equal(runs[0], runs[1]);
  assert.notEqual(runs[0], runs[2]);
});

test("two orders of the same steps are one state, and a search that has seen all ends", async () => {
  const result = await search({ helios, from: "main", problem: subsets });
  assert.equal(result.end, "exhausted");
  assert.equal(result.states, 16, "the subsets of four");
  assert.equal(result.evaluations, 16);
  assert.ok(result.transpositions > 0);
});

test("with an opponent it finds the move that leaves a multiple of four", async () => {
  for (const heap of [5, 6, 7, 9, 10, 11]) {
    const result = await search({
      helios,
      from: "main",
      problem: nim(heap),
      budget: { iterations: 2000 },
      seed: heap,
    });
    assert.equal(result.principalLine[0], heap % 4, `heap of ${heap}`);
  }
});

test("priors lead to what looks promising first", async () => {
  const problem: SearchProblem<string> = {
    ...spelling("hhhh"),
    propose: ({ vst }) =>
      text(vst.read("word")).length < 4
        ? [..."abcdefgh"].map((action) => ({ action, prior: action === "h" ? 0.9 : 0.1 / 7 }))
        : [],
  };
  const guided = await search({ helios, from: "main", problem });
  const blind = await search({ helios, from: "main", problem: spelling("hhhh") });
  assert.ok(guided.evaluations < blind.evaluations, `${guided.evaluations} < ${blind.evaluations}`);
});

test("a corrected sibling is tried before what was proposed without knowing", async () => {
  const problem: SearchProblem<string> = {
    ...spelling("ggg"),
    evaluate: (state, context) => ({
      ...(spelling("ggg").evaluate(state, context) as { reward: number; final: boolean }),
      feedback: "try g",
    }),
    refine: ({ action, evaluation }) =>
      action !== "g" && evaluation?.feedback === "try g" ? { action: "g" } : undefined,
  };
  const refined = await search({ helios, from: "main", problem });
  assert.equal(refined.best!.line.join(""), "ggg");
  assert.ok(
    refined.evaluations < (await search({ helios, from: "main", problem: spelling("ggg") })).evaluations,
  );
});

test("a step that cannot be taken, changes nothing or leads back is not taken again", async () => {
  const problem: SearchProblem<string> = {
    players: 1,
    propose: () => ["refused", "nothing", "a", "b"].map((action) => ({ action })),
    apply(vst, action) {
      if (action === "refused") return false;
      if (action !== "nothing") vst.write("state", action);
      return true;
    },
    evaluate: () => ({ reward: 0 }),
  };
  const vst = helios.checkout("main");
  vst.write("state", "start");
  vst.commit();
  const result = await search({ helios, from: "main", problem });
  assert.equal(result.end, "exhausted");
  assert.equal(result.states, 3);
});

describe("budgets", () => {
  const endless: SearchProblem<number> = {
    players: 1,
    propose: () => [{ action: 1 }, { action: 2 }],
    apply: (vst, n) => vst.write("path", text(vst.read("path")) + String(n)),
    evaluate: () => ({ reward: 0.5 }),
  };

  test("iterations, evaluations, depth and memory", async () => {
    const limited = async (budget: object, maxDepth?: number) =>
      search({
        helios,
        from: "main",
        problem: endless,
        budget,
        ...(maxDepth === undefined ? {} : { maxDepth }),
      });
    assert.deepEqual(pick(await limited({ iterations: 50 })), ["iterations", 50]);
    const byEvaluations = await limited({ evaluations: 30 });
    assert.deepEqual([byEvaluations.end, byEvaluations.evaluations], ["evaluations", 30]);
    const byDepth = await limited({}, 3);
    assert.deepEqual([byDepth.end, byDepth.states], ["exhausted", 1 + 2 + 4 + 8]);
    assert.equal((await limited({ memoryBytes: 1 })).end, "memory");
  });

  test("time ends a search that never waits, and one that waits too long", async () => {
    assert.equal(
      (await search({ helios, from: "main", problem: endless, budget: { timeMs: 30 } })).end,
      "time",
    );
    const slow: SearchProblem<number> = {
      ...endless,
      evaluate: async (state, { signal }) => {
        if (state.depth > 0) await delay(60_000, undefined, { signal });
        return { reward: 0 };
      },
    };
    const result = await search({ helios, from: "main", problem: slow, budget: { timeMs: 30 } });
    assert.deepEqual([result.end, result.states], ["time", 1]);
  });

  test("a signal ends it, and what it knows is the answer", async () => {
    const controller = new AbortController();
    const result = await search({
      helios,
      from: "main",
      problem: endless,
      signal: controller.signal,
      progressMs: 0,
      onProgress: ({ iterations }) => iterations >= 20 && controller.abort(),
    });
    assert.equal(result.end, "aborted");
    assert.equal(result.best!.reward, 0.5);
  });

  const pick = ({ end, iterations }: { end: string; iterations: number }) => [end, iterations];
});

test("several evaluations at a time go different ways and lose none", async () => {
  let running = 0;
  let most = 0;
  const problem: SearchProblem<string> = {
    ...spelling("bead", "abcde"),
    async evaluate(state, context) {
      most = Math.max(most, ++running);
      await delay(1);
      running--;
      return spelling("bead", "abcde").evaluate(state, context);
    },
  };
  const result = await search({
    helios,
    from: "main",
    problem,
    concurrency: 4,
    budget: { iterations: 2000 },
  });
  assert.equal(result.best!.line.join(""), "bead");
  assert.ok(most >= 3 && most <= 4, `${most} at a time`);
  assert.equal(running, 0);
});

test("an error of the problem ends the search with that error", async () => {
  const problem: SearchProblem<string> = {
    ...spelling("abc"),
    evaluate: (state) => {
      if (state.depth === 1) throw new Error("no tests to run");
      return { reward: 0 };
    },
  };
  await assert.rejects(search({ helios, from: "main", problem }), /no tests to run/);
});

describe("saved searches", () => {
  const problem = spelling("decade");

  test("go on where they ended, also in another process's store", async () => {
    const whole = await search({ helios, from: "main", problem, budget: { iterations: 900 }, goal: 2 });
    const first = await search({
      helios,
      from: "main",
      problem,
      budget: { iterations: 400 },
      goal: 2,
      saveAs: "search/one",
    });
    assert.equal(first.iterations, 400);
    const second = await search({
      helios,
      from: "main",
      problem,
      budget: { iterations: 900 },
      goal: 2,
      saveAs: "search/one",
    });
    assert.deepEqual(
      [second.iterations, second.evaluations, second.states, second.best!.line],
      [whole.iterations, whole.evaluations, whole.states, whole.best!.line],
    );
  });

  test("of another state, or damaged, are refused", async () => {
    await search({ helios, from: "main", problem, budget: { iterations: 5 }, saveAs: "search/two" });
    const other = helios.vst();
    other.write("word", "d");
    const snapshot = other.commit();
    const unusable = (error: unknown) => error instanceof HeliosError && error.code === "SEARCH_UNUSABLE";
    await assert.rejects(
      async () => search({ helios, from: snapshot, problem, saveAs: "search/two" }),
      unusable,
    );
    const vst = helios.checkout("search/two");
    vst.write("search.json", "{");
    vst.commit();
    await assert.rejects(
      async () => search({ helios, from: "main", problem, saveAs: "search/two" }),
      unusable,
    );
  });
});
