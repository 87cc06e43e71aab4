/** Tests that ask of the data itself what chance does. */
import { mean } from "simple-statistics";
import { Random } from "../random.ts";

export interface SignFlip {
  readonly meanDifference: number;
  readonly pTwoSided: number;
  readonly method: "exact" | "sampled";
  readonly flips: number;
}

/** 2^16 sums take 5 ms; beyond, they are sampled. */
const MOST_EXACT_PAIRS = 16;

/**
 * Sign-flip permutation test of paired differences: were the arms alike, each difference could as well have had the
 * other sign (Fisher, "The Design of Experiments", 1935, section 21). Exact for up to 16 pairs; otherwise sampled,
 * the observed arrangement counted as one of the flips, so that p is never 0 (Phipson and Smyth, "Permutation
 * p-values should never be zero", Stat. Appl. Genet. Mol. Biol. 9(1), 2010).
 */
export function signFlipTest(
  differences: readonly number[],
  options: { readonly seed: number | string; readonly flips?: number },
): SignFlip {
  if (differences.length === 0) throw new RangeError("no pairs");
  const meanDifference = mean([...differences]);
  // A sum is as far out as its mean; a little slack, because the order of additions moves the last digit.
  const scale = differences.reduce((sum, one) => sum + Math.abs(one), 0);
  const threshold = Math.abs(differences.reduce((sum, one) => sum + one, 0)) - 1e-12 * scale;
  if (differences.length <= MOST_EXACT_PAIRS) {
    const arrangements = 2 ** differences.length;
    let asExtreme = 0;
    for (let signs = 0; signs < arrangements; signs++) {
      let sum = 0;
      for (const [i, one] of differences.entries()) sum += (signs >> i) & 1 ? -one : one;
      if (Math.abs(sum) >= threshold) asExtreme++;
    }
    return { meanDifference, pTwoSided: asExtreme / arrangements, method: "exact", flips: arrangements };
  }
  const { seed, flips = 10_000 } = options;
  const random = new Random(seed, "sign flips");
  let asExtreme = 1;
  for (let i = 0; i < flips; i++) {
    let sum = 0;
    for (const one of differences) sum += random.uint32() & 0x80000000 ? -one : one;
    if (Math.abs(sum) >= threshold) asExtreme++;
  }
  return { meanDifference, pTwoSided: asExtreme / (flips + 1), method: "sampled", flips };
}

/**
 * Holm's step-down correction ("A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6(2),
 * 1979): the p of each of several tests, so raised that one threshold holds for all of them together.
 */
export function holmAdjusted(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((i, j) => (ps[i] as number) - (ps[j] as number));
  const adjusted = [...ps];
  let running = 0;
  for (const [place, i] of order.entries()) {
    running = Math.max(running, Math.min(1, (ps.length - place) * (ps[i] as number)));
    adjusted[i] = running;
  }
  return adjusted;
}
