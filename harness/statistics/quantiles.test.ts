import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  binomialCdf,
  clopperPearson,
  median,
  medianBounds,
  percentileOfSorted,
  quantileUpperRank,
  reductionBounds,
  relativeDifference,
  sorted,
} from "./index.ts";

/** Equal to so many digits after the point. */
function close(actual: number, expected: number, tolerance = 1e-9): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} within ${tolerance}`);
}

describe("nearest-rank percentile", () => {
  // The worked example of the nearest-rank method: 15, 20, 35, 40, 50.
  const ordered = [15, 20, 35, 40, 50];
  for (const [q, expected] of [
    [0.05, 15],
    [0.3, 20],
    [0.4, 20],
    [0.5, 35],
    [1, 50],
    [0, 15],
  ] as const) {
    test(`of five values at ${q} is ${expected}`, () =>
      assert.equal(percentileOfSorted(ordered, q), expected));
  }

  test("is the ceil(q n)-th value even where q n is not exact in binary", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    for (let percent = 1; percent <= 100; percent++) {
      assert.equal(percentileOfSorted(hundred, percent / 100), percent);
    }
  });

  test("of nothing is not a number, and q outside [0, 1] is refused", () => {
    assert.ok(Number.isNaN(percentileOfSorted([], 0.5)));
    assert.throws(() => percentileOfSorted(ordered, 1.01), RangeError);
  });

  test("sorting is by number, not by text", () => assert.deepEqual([...sorted([10, 9, 100])], [9, 10, 100]));
});

describe("binomial distribution", () => {
  // Exact fractions: sums of binomial coefficients over a power of two.
  test("of ten fair coins is the sum of coefficients over 1024", () => {
    const coefficients = [1, 10, 45, 120, 210, 252, 210, 120, 45, 10, 1];
    let sum = 0;
    for (const [k, coefficient] of coefficients.entries()) {
      sum += coefficient;
      close(binomialCdf(k, 10, 0.5), sum / 1024, 1e-14);
    }
  });

  // Stored values computed with exact rational arithmetic (Python's fractions module).
  for (const [k, n, p, expected] of exactBinomial()) {
    test(`P(X <= ${k}) for n = ${n}, p = ${p}`, () => close(binomialCdf(k, n, p), expected, 1e-11));
  }

  test("is 0 below 0, 1 from n on, and degenerate at p = 0 and 1", () => {
    assert.equal(binomialCdf(-1, 5, 0.3), 0);
    assert.equal(binomialCdf(5, 5, 0.3), 1);
    assert.equal(binomialCdf(0, 5, 0), 1);
    assert.equal(binomialCdf(4, 5, 1), 0);
  });
});

describe("order-statistic bounds", () => {
  // Exact: BinomCDF(9535; 10000, 0.95) = 0.94957, still short of 0.95, so it is 9,537; the normal approximation
  // with its rounding gives 9,536.
  test("of the 0.95 quantile: ranks 962 of 1,000 and 9,537 of 10,000", () => {
    assert.equal(quantileUpperRank(1000, 0.95), 962);
    assert.equal(quantileUpperRank(10_000, 0.95), 9537);
  });

  test("need at least 59 samples: 1 - 0.95^59 = 0.9515, 1 - 0.95^58 = 0.9489", () => {
    assert.equal(quantileUpperRank(58, 0.95), undefined);
    assert.equal(quantileUpperRank(59, 0.95), 59);
  });

  test("of the median of ten runs are the 2nd and the 9th smallest, at 1013/1024", () => {
    const bounds = medianBounds([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert.equal(bounds.lower, 2);
    assert.equal(bounds.upper, 9);
    assert.equal(bounds.median, 5.5);
    close(bounds.confidence, 1013 / 1024, 1e-14);
  });

  test("of the median of five runs are the extremes, at 31/32", () => {
    const bounds = medianBounds([3, 1, 2, 5, 4]);
    assert.deepEqual([bounds.lower, bounds.median, bounds.upper], [1, 3, 5]);
    close(bounds.confidence, 31 / 32, 1e-14);
  });

  test("of fewer than five runs say that they do not reach 0.95", () => {
    const bounds = medianBounds([3, 1, 2, 4]);
    assert.deepEqual([bounds.lower, bounds.upper], [1, 4]);
    close(bounds.confidence, 15 / 16, 1e-14);
    assert.throws(() => medianBounds([]), RangeError);
  });
});

describe("Clopper-Pearson bounds", () => {
  // With all or no successes the bounds have a closed form: alpha^(1/n).
  test("for n of n and 0 of n are powers of alpha", () => {
    close(clopperPearson(30, 30).lower, 0.05 ** (1 / 30));
    close(clopperPearson(0, 30).upper, 1 - 0.05 ** (1 / 30));
    assert.equal(clopperPearson(30, 30).upper, 1);
    assert.equal(clopperPearson(0, 30).lower, 0);
  });

  // Clopper and Pearson's own two-sided 95 % chart value for 8 of 10 (0.444, 0.975), i.e. 0.975 one-sided.
  test("for 8 of 10 are the published 0.444 and 0.975", () => {
    const { lower, upper } = clopperPearson(8, 10, 0.975);
    close(lower, 0.4439, 5e-5);
    close(upper, 0.9748, 5e-5);
  });

  test("refuse what is not k of n", () => assert.throws(() => clopperPearson(4, 3), RangeError));
});

describe("reduction", () => {
  test("is one minus the ratio of sums, not the mean of ratios", () => {
    const bounds = reductionBounds([1, 3], [10, 90], { seed: 1 });
    close(bounds?.reduction ?? NaN, 1 - 4 / 100);
  });

  test("brings arms with unequal counts of runs to the same count", () => {
    close(reductionBounds([2, 2, 2], [10], { seed: 1 })?.reduction ?? NaN, 0.8);
  });

  test("has bounds that hold the value, are the value where nothing varies, and repeat for the same seed", () => {
    const arms = [
      [5, 6, 7, 8, 9],
      [100, 120, 110, 130, 105],
    ] as const;
    const bounds = reductionBounds(...arms, { seed: 3 });
    assert.ok(bounds && bounds.lower < bounds.reduction && bounds.reduction < bounds.upper);
    assert.deepEqual(reductionBounds(...arms, { seed: 3 }), bounds);
    assert.notDeepEqual(reductionBounds(...arms, { seed: 4 }), bounds);
    const constant = reductionBounds([1, 1, 1], [4, 4, 4], { seed: 1 });
    assert.deepEqual([constant?.lower, constant?.upper], [0.75, 0.75]);
  });

  test("is undefined where there is nothing to compare with", () => {
    assert.equal(reductionBounds([], [1], { seed: 1 }), undefined);
    assert.equal(reductionBounds([1], [0, 0], { seed: 1 }), undefined);
  });
});

describe("relative difference", () => {
  test("is symmetric and a share of the smaller median", () => {
    close(relativeDifference([10, 11, 12], [22, 22, 22]), 1);
    close(relativeDifference([22, 22, 22], [10, 11, 12]), 1);
    assert.equal(relativeDifference([0], [0]), 0);
    assert.equal(relativeDifference([0], [1]), Infinity);
  });

  test("median of an even count is the mean of the middle two", () =>
    assert.equal(median([4, 1, 3, 2]), 2.5));
});

function exactBinomial(): readonly (readonly [number, number, number, number])[] {
  return [
    [0, 59, 0.95, 1.734723475976807e-77],
    [58, 59, 0.95, 0.9515054747505768],
    [28, 30, 0.98, 0.12054568915892781],
    [961, 1000, 0.95, 0.9566518093930901],
    [960, 1000, 0.95, 0.9401851209480967],
    [3, 20, 0.1, 0.8670466765656649],
    [9535, 10000, 0.95, 0.9495706046284195],
    [9534, 10000, 0.95, 0.9445053527342447],
    [50, 100, 0.5, 0.5397946186935894],
  ];
}
