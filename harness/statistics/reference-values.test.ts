/** What the statistics say, against what SciPy says for the same input. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import reference from "./reference-values.json" with { type: "json" };
import {
  bcaBounds,
  betaCdf,
  betaQuantile,
  binomialCdf,
  clopperPearson,
  hodgesLehmannShift,
  jeffreysBounds,
  logGamma,
  mannWhitney,
  mcnemarExact,
  mean,
  meanBounds,
  normalCdf,
  normalQuantile,
  pettitt,
  signFlipTest,
  studentTCdf,
  studentTQuantile,
  successScoreBounds,
} from "./index.ts";

/** Relative for large and small values alike, so that a tail is not compared with its own rounding. */
function close(actual: number, expected: number, tolerance = 1e-11): void {
  const scale = Math.abs(expected) || 1;
  assert.ok(Math.abs(actual - expected) <= tolerance * scale, `${actual} is not ${expected}`);
}

type Row = readonly number[];

function agrees(
  name: string,
  rows: readonly Row[],
  of: (...input: number[]) => number,
  tolerance?: number,
): void {
  test(`${name} agrees with SciPy in ${rows.length} places`, () => {
    assert.ok(rows.length > 0);
    for (const row of rows) close(of(...row.slice(0, -1)), row.at(-1) as number, tolerance);
  });
}

describe("distributions", () => {
  agrees("ln Gamma", reference.logGamma, logGamma, 1e-13);
  agrees("normal distribution", reference.normalCdf, normalCdf, 1e-13);
  agrees("normal quantile", reference.normalQuantile, normalQuantile, 1e-12);
  agrees("beta distribution", reference.betaCdf, betaCdf);
  agrees("beta quantile", reference.betaQuantile, betaQuantile);
  agrees("Student's t", reference.studentTCdf, studentTCdf);
  agrees("Student's quantile", reference.studentTQuantile, studentTQuantile);
  agrees("binomial distribution", reference.binomialCdf, binomialCdf);
});

describe("proportions", () => {
  test("Clopper and Pearson's bounds agree with SciPy", () => {
    for (const [k = 0, n = 0, confidence = 0, lower = 0, upper = 0] of reference.clopperPearson) {
      const bounds = clopperPearson(k, n, confidence);
      close(bounds.lower, lower, 1e-9);
      close(bounds.upper, upper, 1e-9);
    }
  });

  test("Jeffreys' bounds agree with SciPy's beta quantiles", () => {
    for (const [k = 0, n = 0, lower = 0, upper = 0] of reference.jeffreys) {
      close(jeffreysBounds(k, n).lower, lower);
      close(jeffreysBounds(k, n).upper, upper);
    }
    assert.equal(jeffreysBounds(0, 5).lower, 0);
    assert.equal(jeffreysBounds(5, 5).upper, 1);
  });

  agrees("McNemar's exact test", reference.mcnemar, mcnemarExact);
  test("pairs that never disagree show nothing", () => assert.equal(mcnemarExact(0, 0), 1));
});

describe("ranks", () => {
  test("Mann and Whitney's exact test agrees with enumeration, ties included, and with SciPy without", () => {
    for (const { a, b, u, pLess, pGreater, scipyTwoSided } of reference.mannWhitney) {
      const found = mannWhitney(a, b);
      assert.equal(found.method, "exact");
      assert.equal(found.u, u);
      close(found.pLess, pLess);
      close(found.pGreater, pGreater);
      if (scipyTwoSided !== undefined) close(found.pTwoSided, scipyTwoSided);
      // From the other side the tails change places.
      close(mannWhitney(b, a).pLess, pGreater);
    }
  });

  test("Mann and Whitney's normal approximation agrees with SciPy's, ties and continuity included", () => {
    const { a, b, u, less, greater, "two-sided": twoSided } = reference.mannWhitneyNormal;
    const found = mannWhitney(a, b);
    assert.equal(found.method, "normal");
    assert.equal(found.u, u);
    close(found.pLess, less, 1e-9);
    close(found.pGreater, greater, 1e-9);
    close(found.pTwoSided, twoSided, 1e-9);
  });

  test("Hodges and Lehmann's shift has Moses' interval", () => {
    for (const { a, b, shift, lower, upper, confidence } of reference.hodgesLehmann) {
      const found = hodgesLehmannShift(a, b);
      close(found.shift, shift);
      close(found.lower, lower);
      close(found.upper, upper);
      close(found.confidence, confidence);
    }
  });

  test("Pettitt's statistic finds the year in which the Nile's flow fell", () => {
    const { series, at, statistic } = reference.pettitt;
    assert.deepEqual(pettitt(series), { at, statistic });
    assert.equal(1871 + at - 1, 1898);
  });
});

describe("resampling", () => {
  test("sign flips agree with enumeration", () => {
    for (const { differences, p } of reference.signFlip) {
      const found = signFlipTest(differences, { seed: 1 });
      assert.equal(found.method, "exact");
      close(found.pTwoSided, p);
    }
  });

  test("BCa agrees with SciPy within what drawing moves", () => {
    const { sample, lower, upper, tolerance } = reference.bca;
    const found = bcaBounds(sample, (values) => mean([...values]), { seed: 3 });
    assert.ok(Math.abs(found.lower - lower) < tolerance, `${found.lower} against ${lower}`);
    assert.ok(Math.abs(found.upper - upper) < tolerance, `${found.upper} against ${upper}`);
  });

  test("Student's bounds of a mean agree with SciPy", () => {
    const { sample, mean: centre, sd, lower } = reference.meanBounds;
    const found = meanBounds(sample);
    close(found.mean, centre);
    close(found.standardDeviation, sd);
    close(found.lower, lower);
  });

  test("the success score's drawn bound agrees with its integral, and lies above the closed form", () => {
    for (const { greens, minutes, lower, closedFormLower } of reference.successScore) {
      const trials = minutes.map((reviewMinutes, i) => ({ green: i < greens ? 1 : 0, reviewMinutes }));
      const found = successScoreBounds(trials, { seed: 7 });
      assert.ok(Math.abs(found.lower - lower) < 0.002, `${found.lower} against ${lower}`);
      close(found.closedFormLower, closedFormLower, 1e-9);
      assert.ok(found.closedFormLower <= found.lower + 0.001);
    }
  });
});
