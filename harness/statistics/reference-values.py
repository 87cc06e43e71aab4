#!/usr/bin/env python3
"""Computes reference-values.json with SciPy: what the statistics here are compared with.

    python3 harness/statistics/reference-values.py > harness/statistics/reference-values.json

Not run by the tests; run it again to add a case, and look at the difference. Values that no SciPy function gives
(ties in an exact Mann-Whitney test, sign flips, the success score) are computed below from first principles, by
enumeration or by numerical integration, not by the method of the code under test.
"""
import itertools, json, math, sys
import numpy, scipy
from scipy import integrate, special, stats

out = {"computedWith": {"scipy": scipy.__version__, "numpy": numpy.__version__, "python": sys.version.split()[0]}}

out["logGamma"] = [[x, float(special.gammaln(x))] for x in (0.1, 0.5, 1, 2.5, 10, 30.5, 171.2, 10000)]
out["normalCdf"] = [[z, float(stats.norm.cdf(z))] for z in (-10, -6, -4.5, -3.9, -1.96, -0.5, 0, 0.3, 1.6448536269514722, 3, 5)]
out["normalQuantile"] = [[p, float(stats.norm.ppf(p))] for p in (1e-10, 0.001, 0.025, 0.05, 0.5, 0.8, 0.975, 0.99999)]
out["betaCdf"] = [[x, a, b, float(special.betainc(a, b, x))] for x, a, b in
                  ((0.1, 0.5, 0.5), (0.9, 30, 1), (0.95, 28, 3), (0.5, 10, 10), (0.2, 1, 30), (0.001, 2, 400), (0.7, 200, 90))]
out["betaQuantile"] = [[p, a, b, float(stats.beta.ppf(p, a, b))] for p, a, b in
                       ((0.05, 30, 1), (0.05, 29, 2), (0.04, 28, 3), (0.5, 2, 3), (0.975, 0.5, 10.5), (0.01, 0.5, 0.5))]
out["studentTCdf"] = [[t, v, float(stats.t.cdf(t, v))] for t, v in ((-2.5, 29), (0.3, 1), (1.7, 4), (4, 2.5), (-8, 9))]
out["studentTQuantile"] = [[p, v, float(stats.t.ppf(p, v))] for p, v in ((0.95, 29), (0.99, 29), (0.975, 1), (0.05, 4), (0.6, 9), (0.999, 2))]
out["binomialCdf"] = [[k, n, p, float(stats.binom.cdf(k, n, p))] for k, n, p in
                      ((3, 20, 0.1), (28, 30, 0.98), (50, 100, 0.5), (961, 1000, 0.95), (0, 7, 0.3))]
out["clopperPearson"] = [[k, n, c,
                          float(stats.binomtest(k, n, alternative="greater").proportion_ci(c, "exact").low),
                          float(stats.binomtest(k, n, alternative="less").proportion_ci(c, "exact").high)]
                         for k, n, c in ((28, 30, 0.95), (29, 30, 0.96), (30, 30, 0.95), (0, 12, 0.95), (8, 10, 0.975), (3, 1000, 0.99))]
out["jeffreys"] = [[k, n, float(stats.beta.ppf(0.05, k + 0.5, n - k + 0.5)), float(stats.beta.ppf(0.95, k + 0.5, n - k + 0.5))]
                   for k, n in ((28, 30), (15, 30), (1, 9))]
out["mcnemar"] = [[b, c, float(stats.binomtest(b, b + c, 0.5).pvalue)] for b, c in ((1, 8), (5, 5), (0, 6), (12, 25))]

# Run times of hyperfine-like experiments; the second pair has no overlap, the third has ties.
pairs = [
    ([18.1, 17.9, 19.4, 18.6, 17.2], [18.3, 20.1, 19.9, 17.5, 21.0]),
    ([18.1, 17.9, 19.4, 18.6, 17.2, 18.0, 18.8, 17.7, 18.4, 18.9], [36.2, 35.0, 38.1, 37.7, 33.9, 36.6, 35.8, 39.0, 36.1, 37.0]),
    ([1, 2, 2, 3, 5, 5], [2, 3, 4, 5, 6]),
]

def exact_by_enumeration(a, b):
    """All ways to divide the pool, by mid-ranks: the permutation distribution of U, ties included."""
    ranks = stats.rankdata(a + b)
    n = len(a)
    observed = sum(ranks[:n])
    less = greater = total = 0
    for chosen in itertools.combinations(range(len(ranks)), n):
        s = sum(ranks[i] for i in chosen)
        total += 1
        less += s <= observed + 1e-9
        greater += s >= observed - 1e-9
    return less / total, greater / total

out["mannWhitney"] = []
for a, b in pairs:
    less, greater = exact_by_enumeration(a, b)
    entry = {"a": a, "b": b, "u": float(stats.mannwhitneyu(a, b).statistic), "pLess": less, "pGreater": greater}
    if len(set(a + b)) == len(a + b):
        scipy_exact = stats.mannwhitneyu(a, b, alternative="two-sided", method="exact")
        entry["scipyTwoSided"] = float(scipy_exact.pvalue)
    out["mannWhitney"].append(entry)

long_a = [round(20 + 3 * math.sin(i * 1.7) + (i % 5), 1) for i in range(40)]
long_b = [round(21 + 3 * math.sin(i * 2.3) + (i % 7), 1) for i in range(36)]
normal = {alt: float(stats.mannwhitneyu(long_a, long_b, alternative=alt, method="asymptotic", use_continuity=True).pvalue)
          for alt in ("less", "greater", "two-sided")}
out["mannWhitneyNormal"] = {"a": long_a, "b": long_b, "u": float(stats.mannwhitneyu(long_a, long_b).statistic), **normal}

out["hodgesLehmann"] = []
for a, b in pairs[:2]:
    differences = sorted(x - y for x in a for y in b)
    # Moses: the r-th smallest and largest difference, P(U <= r - 1) <= 0.025, from SciPy's exact null distribution.
    r = 0
    n, m = len(a), len(b)
    def tail(k):
        counts = {}
        for c in itertools.combinations(range(n + m), n):
            u = sum(c) - n * (n - 1) // 2
            counts[u] = counts.get(u, 0) + 1
        total = sum(counts.values())
        return sum(v for u, v in counts.items() if u <= k) / total
    while 2 * tail(r) <= 0.05:
        r += 1
    out["hodgesLehmann"].append({"a": a, "b": b, "shift": float(numpy.median(differences)),
                                 "lower": differences[r - 1], "upper": differences[-r], "confidence": 1 - 2 * tail(r - 1)})

def sign_flip(d):
    observed = abs(sum(d))
    hits = sum(abs(sum(s * x for s, x in zip(signs, d))) >= observed - 1e-12 for signs in itertools.product((1, -1), repeat=len(d)))
    return hits / 2 ** len(d)

flips = [[0.1, 0.3, -0.05, 0.2, 0.4, 0.15, -0.1, 0.25], [1, 1, 1, 1, 1, 1], [0.5, -0.5, 0.2, -0.3, 0.1]]
out["signFlip"] = [{"differences": d, "p": sign_flip(d)} for d in flips]

sample = [0.97, 0.91, 0.88, 0.99, 0.95, 0.7, 0.93, 0.9, 0.96, 0.85, 0.98, 0.6, 0.94, 0.89, 0.92]
bca = stats.bootstrap((sample,), numpy.mean, confidence_level=0.90, n_resamples=400000, method="BCa",
                      random_state=numpy.random.default_rng(1))
out["bca"] = {"sample": sample, "lower": float(bca.confidence_interval.low), "upper": float(bca.confidence_interval.high), "tolerance": 0.004}
out["meanBounds"] = {"sample": sample, "mean": float(numpy.mean(sample)), "sd": float(numpy.std(sample, ddof=1)),
                     "lower": float(numpy.mean(sample) - stats.t.ppf(0.95, 14) * numpy.std(sample, ddof=1) / math.sqrt(15))}

def score_bound(k, minutes, p):
    """The p-quantile of Beta(k, n - k + 1) - (mean + T s / sqrt(n)) / 60, by integration, not by drawing."""
    n = len(minutes)
    mean, se = numpy.mean(minutes), numpy.std(minutes, ddof=1) / math.sqrt(n)
    def below(s):
        if se == 0:
            return stats.beta.cdf(s + mean / 60, k, n - k + 1)
        f = lambda t: stats.beta.cdf(s + (mean + se * t) / 60, k, n - k + 1) * stats.t.pdf(t, n - 1)
        return integrate.quad(f, -40, 40, limit=400, epsabs=1e-10, points=[-5, 0, 5])[0]
    low, high = -2.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < p else (low, middle)
    return low

out["successScore"] = []
for k, minutes in ((30, [3 + (i % 4) for i in range(30)]), (29, [2 + (i % 3) for i in range(30)]), (28, [0.5] * 30), (24, [1 + (i % 9) for i in range(30)])):
    n = 30
    upper_minutes = float(numpy.mean(minutes) + stats.t.ppf(0.99, n - 1) * numpy.std(minutes, ddof=1) / math.sqrt(n))
    out["successScore"].append({"greens": k, "minutes": minutes, "lower": float(score_bound(k, minutes, 0.05)),
                                "closedFormLower": float(stats.beta.ppf(0.04, k, n - k + 1)) - upper_minutes / 60})

# Annual flow of the Nile at Aswan, 1871 to 1970 (Cobb, Biometrika 65(2), 1978): it fell in 1898, when the first dam was begun.
nile = [1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140,
        1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969,
        831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759,
        781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
        744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740]
ranks = stats.rankdata(nile)
ks = [abs(2 * sum(ranks[:t]) - t * 101) for t in range(1, 100)]
out["pettitt"] = {"series": nile, "at": int(numpy.argmax(ks)) + 1, "statistic": float(max(ks))}

json.dump(out, sys.stdout, indent=1)
print()
