/** Seeded draws from the distributions that simulated bounds need. */
import type { Random } from "../random.ts";

/** Standard normal by the polar method (Marsaglia and Bray, SIAM Review 6(3), 1964). */
export function drawNormal(random: Random): number {
  for (;;) {
    const u = 2 * random.float() - 1;
    const v = 2 * random.float() - 1;
    const square = u * u + v * v;
    if (square > 0 && square < 1) return u * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/**
 * Gamma with the given shape and scale 1 (Marsaglia and Tsang, "A simple method for generating gamma variables",
 * ACM TOMS 26(3), 2000), for shapes below 1 by their boost.
 */
export function drawGamma(random: Random, shape: number): number {
  if (!(shape > 0)) throw new RangeError(`shape must be above 0, is ${shape}`);
  if (shape < 1) return drawGamma(random, shape + 1) * (1 - random.float()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.float();
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Beta(a, b); a = 0 is the point 0 and b = 0 the point 1, as the limits are. */
export function drawBeta(random: Random, a: number, b: number): number {
  if (a === 0) return 0;
  if (b === 0) return 1;
  const x = drawGamma(random, a);
  return x / (x + drawGamma(random, b));
}

/** Student's t: a normal over the root of its own chi-squared. */
export function drawStudentT(random: Random, freedom: number): number {
  return drawNormal(random) / Math.sqrt((2 * drawGamma(random, freedom / 2)) / freedom);
}
