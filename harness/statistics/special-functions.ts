/**
 * The distributions that confidence bounds are made of: normal, Student's t, beta. Own code, because the
 * approximations at hand (tables, four to seven digits) are too coarse to be compared with SciPy and to be
 * inverted; these agree with it to 1e-12 or better (`reference-values.json`).
 */

/** ln Gamma(x), x > 0. Lanczos' approximation (SIAM J. Numer. Anal. B 1, 1964) with Godfrey's coefficients, 15 digits. */
export function logGamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`x must be above 0, is ${x}`);
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  let sum = LANCZOS[0] as number;
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] as number) / (z + i);
  const t = z + LANCZOS_G + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

const LANCZOS_G = 7;
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/**
 * P(Z <= z) of the standard normal. Near the middle by the Taylor series (Marsaglia, "Evaluating the normal
 * distribution", J. Stat. Software 11(4), 2004), beyond by Laplace's continued fraction (Abramowitz and Stegun,
 * 26.2.14), which keeps relative accuracy in the tail.
 */
export function normalCdf(z: number): number {
  if (z > 0) return 1 - normalCdf(-z);
  if (z < -38) return 0;
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  if (z < -2.5) {
    let fraction = -z;
    for (let k = 200; k >= 1; k--) fraction = -z + k / fraction;
    return density / fraction;
  }
  let sum = z;
  let term = z;
  for (let k = 3; Math.abs(term) > Math.abs(sum) * 1e-17; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + density * sum;
}

/** The z with P(Z <= z) = p, by bisection on {@link normalCdf}; infinite at 0 and 1. */
export function normalQuantile(p: number): number {
  requireShare("p", p);
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  // The lower half keeps its digits; the upper one is its mirror image.
  if (p > 0.5) return -normalQuantile(1 - p);
  return bisect((z) => normalCdf(z) < p, -38, 0);
}

/**
 * Regularised incomplete beta function I_x(a, b), the distribution of Beta(a, b): Lentz's evaluation of the
 * continued fraction 8.17.22 of the NIST Digital Library of Mathematical Functions.
 */
export function betaCdf(x: number, a: number, b: number): number {
  if (!(a > 0 && b > 0)) throw new RangeError(`a and b must be above 0, are ${a} and ${b}`);
  if (!(x > 0)) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side of the mean; the other side by symmetry.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCdf(1 - x, b, a);
  const front = Math.exp(
    a * Math.log(x) + b * Math.log1p(-x) - (logGamma(a) + logGamma(b) - logGamma(a + b)),
  );
  return (front * betaFraction(x, a, b)) / a;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const kept = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const step of [even, odd]) {
      d = 1 / kept(1 + step * d);
      c = kept(1 + step / c);
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return fraction;
}

/** The x with I_x(a, b) = p. */
export function betaQuantile(p: number, a: number, b: number): number {
  requireShare("p", p);
  if (p === 0 || p === 1) return p;
  return bisect((x) => betaCdf(x, a, b) < p, 0, 1);
}

/** P(T <= t) for Student's t with `freedom` degrees (DLMF 8.17 and Abramowitz and Stegun 26.7.1). */
export function studentTCdf(t: number, freedom: number): number {
  if (!(freedom > 0)) throw new RangeError(`degrees of freedom must be above 0, are ${freedom}`);
  const tail = 0.5 * betaCdf(freedom / (freedom + t * t), freedom / 2, 0.5);
  return t > 0 ? 1 - tail : tail;
}

/** The t with P(T <= t) = p. */
export function studentTQuantile(p: number, freedom: number): number {
  requireShare("p", p);
  if (p === 0.5) return 0;
  if (p > 0.5) return -studentTQuantile(1 - p, freedom);
  if (p === 0) return -Infinity;
  // Large t belong to x near 0, where 1 - x has lost nothing.
  const x = betaQuantile(2 * p, freedom / 2, 0.5);
  return -Math.sqrt((freedom * (1 - x)) / x);
}

function requireShare(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} must be in [0, 1], is ${value}`);
}

/** The place in [low, high] where `isBelow` turns from true to false, to the last bit. */
export function bisect(isBelow: (at: number) => boolean, low = 0, high = 1): number {
  for (;;) {
    const middle = (low + high) / 2;
    if (!(middle > low && middle < high)) return middle;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
}
