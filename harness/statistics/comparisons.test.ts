/** Laws of the tests, the power calculations and the step detection, where no reference table says it better. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Random } from "../random.ts";
import {
  bcaBounds,
  detectSteps,
  detectionPower,
  drawBeta,
  drawNormal,
  drawStudentT,
  hodgesLehmannCentre,
  hodgesLehmannShift,
  holmAdjusted,
  mannWhitney,
  mean,
  meanBounds,
  medianBoundPower,
  medianBounds,
  medianShareWithPower,
  minimumDetectableRatio,
  signFlipTest,
  successScoreBounds,
  successScoreNeeds,
  successScorePower,
} from "./index.ts";

const values = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 9 });

describe("Mann-Whitney", () => {
  test("knows no order of the arms and no unit", () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const found = mannWhitney(a, b);
        const turned = mannWhitney(b, a);
        assert.ok(Math.abs(found.u + turned.u - a.length * b.length) < 1e-9);
        assert.ok(Math.abs(found.pTwoSided - turned.pTwoSided) < 1e-12);
        assert.deepEqual(
          mannWhitney(
            a.map((x) => x * 1000),
            b.map((x) => x * 1000),
          ),
          found,
        );
        assert.ok(found.pLess + found.pGreater >= 1 - 1e-12);
      }),
    );
  });

  test("of samples that are all alike shows nothing", () => {
    assert.equal(mannWhitney([3, 3, 3], [3, 3, 3]).pTwoSided, 1);
    const many = Array.from({ length: 40 }, () => 5);
    assert.equal(mannWhitney(many, many).pTwoSided, 1);
  });

  test("refuses nothing and what is no number", () => {
    assert.throws(() => mannWhitney([], [1]), RangeError);
    assert.throws(() => mannWhitney([1], [NaN]), RangeError);
  });

  test("gives too few runs no interval", () => {
    const { shift, lower, upper } = hodgesLehmannShift([1, 2], [3, 4]);
    assert.equal(shift, -2);
    assert.deepEqual([lower, upper], [-Infinity, Infinity]);
  });

  test("the centre of one sample is the median of its Walsh averages", () =>
    assert.equal(hodgesLehmannCentre([1, 2, 9]), 3.5));
});

describe("permutations", () => {
  test("sampled flips come near the exact ones and repeat for the same seed", () => {
    const differences = [
      0.1, 0.3, -0.05, 0.2, 0.4, 0.15, -0.1, 0.25, 0.02, -0.3, 0.2, 0.1, -0.2, 0.3, 0.05, 0.1,
    ];
    const exact = signFlipTest(differences, { seed: 1 });
    // One more pair without a difference changes no sum, and makes it too long for the exact way.
    const sampled = signFlipTest([...differences, 0], { seed: 1 });
    assert.deepEqual([exact.method, sampled.method], ["exact", "sampled"]);
    assert.ok(Math.abs(exact.pTwoSided - sampled.pTwoSided) < 0.01);
    assert.deepEqual(signFlipTest([...differences, 0], { seed: 1 }), sampled);
    assert.throws(() => signFlipTest([], { seed: 1 }), RangeError);
  });

  test("Holm's correction is Holm's own example: 0.01, 0.02, 0.03, 0.04 become 0.04, 0.06, 0.06, 0.06", () => {
    const adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.02]).map((p) => Number(p.toFixed(12)));
    assert.deepEqual(adjusted, [0.04, 0.06, 0.06, 0.06]);
    assert.deepEqual(holmAdjusted([]), []);
  });
});

describe("draws", () => {
  test("have the moments of their distributions", () => {
    const random = new Random(11, "draws");
    const many = (draw: () => number): number[] => Array.from({ length: 20_000 }, draw);
    const near = (actual: number, expected: number, by: number): void =>
      assert.ok(Math.abs(actual - expected) < by, `${actual} is not near ${expected}`);
    const normal = many(() => drawNormal(random));
    near(mean(normal), 0, 0.03);
    near(mean(normal.map((z) => z * z)), 1, 0.05);
    near(mean(many(() => drawBeta(random, 28, 3))), 28 / 31, 0.002);
    near(mean(many(() => drawBeta(random, 0.5, 0.5))), 0.5, 0.015);
    near(mean(many(() => drawStudentT(random, 9) ** 2)), 9 / 7, 0.08);
    assert.equal(drawBeta(random, 0, 5), 0);
    assert.equal(drawBeta(random, 5, 0), 1);
  });

  test("a statistic that does not vary is its own bound", () => {
    const bounds = bcaBounds([2, 2, 2], (sample) => mean([...sample]), { seed: 1, resamples: 50 });
    assert.deepEqual([bounds.lower, bounds.value, bounds.upper], [2, 2, 2]);
    assert.throws(() => bcaBounds([1], () => 1, { seed: 1 }), RangeError);
  });

  test("one value gives a mean and no bound", () => {
    const { mean: centre, lower, upper } = meanBounds([4]);
    assert.deepEqual([centre, lower, upper], [4, -Infinity, Infinity]);
  });
});

describe("success score", () => {
  const allGreen = (n: number, minutes: number) =>
    Array.from({ length: n }, () => ({ green: 1, reviewMinutes: minutes }));

  test("needs at n = 30 all green and 6 minutes, or 29 and 3; 28 leave a quarter of a minute", () => {
    const needs = successScoreNeeds(30, 0.8);
    assert.deepEqual(
      needs.map(({ greens }) => greens),
      [30, 29, 28, 27],
    );
    const minutes = needs.map(({ mostMeanMinutes }) => mostMeanMinutes);
    for (const [i, expected] of [6.3, 3.07, 0.28].entries()) {
      assert.ok(Math.abs((minutes[i] ?? NaN) - expected) < 0.05, `${minutes[i]} is not near ${expected}`);
    }
    assert.equal(minutes[3], undefined);
    const [spread] = successScoreNeeds(30, 0.8, { spread: 1.5 });
    assert.ok((spread?.mostMeanMinutes ?? NaN) < 6.2, `${spread?.mostMeanMinutes}`);
  });

  test("repeats for the same seed, and falls with every red trial and every minute", () => {
    const good = successScoreBounds(allGreen(30, 2), { seed: 1 });
    assert.deepEqual(successScoreBounds(allGreen(30, 2), { seed: 1 }), good);
    const slower = successScoreBounds(allGreen(30, 4), { seed: 1 });
    assert.ok(slower.lower < good.lower);
    const red = [...allGreen(29, 2), { green: 0, reviewMinutes: 2 }];
    assert.ok(successScoreBounds(red, { seed: 1 }).lower < good.lower);
    assert.ok(good.lower < good.score && good.score <= good.upper);
  });

  test("refuses one trial and minutes that are none", () => {
    assert.throws(() => successScoreBounds(allGreen(1, 2), { seed: 1 }), RangeError);
    assert.throws(() => successScoreBounds(allGreen(3, -1), { seed: 1 }), RangeError);
    assert.throws(() => successScoreBounds(allGreen(3, NaN), { seed: 1 }), RangeError);
  });

  test("covers at least its confidence where Student and BCa cover little more than a half", () => {
    const random = new Random(5, "coverage");
    const truth = 0.98 - 3 / 60;
    let covered = 0;
    let bcaCovered = 0;
    const experiments = 150;
    for (let i = 0; i < experiments; i++) {
      const trials = Array.from({ length: 30 }, () => ({
        green: random.float() < 0.98 ? 1 : 0,
        reviewMinutes: Math.max(0, 3 + drawNormal(random)),
      }));
      const bounds = successScoreBounds(trials, { seed: i, draws: 1000 });
      if (bounds.lower <= truth) covered++;
      if (bounds.beside.bcaLower <= truth) bcaCovered++;
    }
    assert.ok(covered / experiments > 0.95, `${covered} of ${experiments}`);
    assert.ok(bcaCovered / experiments < 0.8, `${bcaCovered} of ${experiments}`);
  });

  test("power grows with the green rate and is small where thirty trials cannot show it", () => {
    const options = { seed: 1, simulations: 200, draws: 500 };
    const power = (greenRate: number): number =>
      successScorePower({ n: 30, greenRate, meanMinutes: 3 }, 0.8, options);
    assert.ok(power(0.9) < 0.35, `${power(0.9)}`);
    assert.ok(power(0.999) > 0.9, `${power(0.999)}`);
  });
});

describe("power of a design", () => {
  test("of the median's bound: ten runs need nine below the line, so at the line itself 11 of 1,024 pass", () => {
    assert.ok(Math.abs(medianBoundPower(10, 1, 0.15) - 11 / 1024) < 1e-12);
    assert.ok(medianBoundPower(10, 0.5, 0.15) > 0.999);
    assert.equal(medianBoundPower(4, 0.1, 0.15), 0);
    const share = medianShareWithPower(10, 0.15, 0.8) ?? NaN;
    assert.ok(Math.abs(medianBoundPower(10, share, 0.15) - 0.8) < 1e-6);
    assert.equal(medianShareWithPower(4, 0.15, 0.8), undefined);
  });

  test("of the median's bound is what simulated runs do", () => {
    const random = new Random(2, "power");
    let passed = 0;
    for (let i = 0; i < 2000; i++) {
      const runs = Array.from({ length: 10 }, () => 0.85 * Math.exp(0.15 * drawNormal(random)));
      if (medianBounds(runs).upper < 1) passed++;
    }
    assert.ok(Math.abs(passed / 2000 - medianBoundPower(10, 0.85, 0.15)) < 0.04);
  });

  test("of a comparison: twice as slow is seen with ten runs, and nothing with three at 0.01", () => {
    const design = { runsA: 10, runsB: 10, spread: 0.15, alpha: 0.01, minimumEffect: 0.05, seed: 1 };
    assert.ok(detectionPower(design, 2) > 0.99);
    assert.ok(detectionPower(design, 1) < 0.02);
    const ratio = minimumDetectableRatio(design) ?? NaN;
    assert.ok(ratio > 1.15 && ratio < 1.4, `${ratio}`);
    assert.ok(Math.abs(detectionPower(design, ratio) - 0.8) < 0.03);
    assert.equal(minimumDetectableRatio({ ...design, runsA: 3, runsB: 3 }), undefined);
  });
});

describe("steps", () => {
  const noisy = (levels: readonly number[], each: number, seed: number): number[] => {
    const random = new Random(seed, "series");
    return levels.flatMap((level) =>
      Array.from({ length: each }, () => level * (1 + 0.03 * drawNormal(random))),
    );
  };

  test("are found where they are, with their sizes, and the way back is one too", () => {
    const steps = detectSteps(noisy([20, 26, 20], 12, 1), { seed: 1 });
    assert.deepEqual(
      steps.map(({ at }) => at),
      [12, 24],
    );
    assert.ok(Math.abs((steps[0]?.ratio ?? 0) - 1.3) < 0.05);
    assert.ok(Math.abs((steps[1]?.ratio ?? 0) - 1 / 1.3) < 0.05);
  });

  test("are not found in noise, in a change below the least effect, or in too few results", () => {
    let alarms = 0;
    for (let seed = 0; seed < 20; seed++) alarms += detectSteps(noisy([20], 25, seed), { seed }).length;
    assert.ok(alarms <= 1, `${alarms} false steps in 20 series`);
    assert.deepEqual(detectSteps(noisy([20, 20.5], 15, 3), { seed: 1 }), []);
    assert.deepEqual(detectSteps([1, 1, 1, 9, 9, 9], { seed: 1 }), []);
    assert.deepEqual(detectSteps([], { seed: 1 }), []);
  });

  test("one slow day is no step", () => {
    const series = noisy([20], 20, 4);
    series[10] = 60;
    assert.deepEqual(detectSteps(series, { seed: 1 }), []);
  });
});
