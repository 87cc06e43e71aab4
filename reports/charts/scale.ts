/** Scales from values to pixels, and the ticks people expect on them. */

export interface Scale {
  readonly ticks: readonly number[];
  /** Pixel of a value; values outside the domain are held at its edge. */
  at(value: number): number;
}

export interface Extent {
  readonly from: number;
  readonly to: number;
}

/**
 * Logarithmic, over whole decades or, below two decades, over 1-2-5 steps. Values at or below zero sit at the
 * lower edge: a log axis has no place for them.
 */
export function logScale(values: readonly number[], pixels: Extent): Scale {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const least = positive.length > 0 ? Math.min(...positive) : 1;
  const most = positive.length > 0 ? Math.max(...positive) : 10;
  const steps = Math.log10(most / least) < 2 ? [1, 2, 5] : [1];
  const low = stepBelow(least, steps);
  const above = stepAbove(most, steps);
  const high = above > low ? above : stepAbove(low * 1.01, steps);
  const span = Math.log10(high / low);
  return {
    ticks: ladder(low, high, steps),
    at: (value) => {
      const share = value > 0 ? Math.log10(value / low) / span : 0;
      return pixels.from + (pixels.to - pixels.from) * Math.min(1, Math.max(0, share));
    },
  };
}

/** Linear from zero (or from the least value below it) to the largest value. */
export function linearScale(values: readonly number[], pixels: Extent): Scale {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const span = high - low || 1;
  const step = niceStep(span / 4);
  const ticks: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high + step * 1e-9; n += 1) ticks.push(n * step);
  return {
    ticks,
    at: (value) => pixels.from + (pixels.to - pixels.from) * Math.min(1, Math.max(0, (value - low) / span)),
  };
}

/** Linear over just the range of the values, widened to whole steps: for what varies around a middle. */
export function rangeScale(values: readonly number[], pixels: Extent): Scale {
  const finite = values.filter(Number.isFinite);
  const least = finite.length > 0 ? Math.min(...finite) : 0;
  const most = finite.length > 0 ? Math.max(...finite) : 1;
  // Not finer than numbers of that size can be told apart.
  const finest = Math.max(Math.abs(least), Math.abs(most), 1e-288) * 1e-12;
  const step = niceStep(Math.max((most - least || Math.abs(most) || 1) / 4, finest));
  const low = Math.floor(least / step + 1e-9) * step;
  const high = Math.max(Math.ceil(most / step - 1e-9) * step, low + step);
  const ticks: number[] = [];
  for (let n = 0; low + n * step <= high + step * 1e-9; n += 1) ticks.push(low + n * step);
  return {
    ticks,
    at: (value) => {
      const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
      return pixels.from + (pixels.to - pixels.from) * share;
    },
  };
}

/** Percentiles by their nines: 90 %, 99 % and 99.9 % at equal distances, because the tail is the point. */
export function ninesScale(highest: number, pixels: Extent): Scale {
  const nines = (q: number) => -Math.log10(1 - Math.min(q, highest));
  const ticks = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999].filter((q) => q <= highest);
  return {
    ticks,
    at: (q) => pixels.from + ((pixels.to - pixels.from) * nines(q)) / nines(highest),
  };
}

function ladder(low: number, high: number, steps: readonly number[]): number[] {
  const ticks: number[] = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade += 1) {
    for (const step of steps) {
      const tick = step * 10 ** decade;
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return ticks;
}

function stepBelow(value: number, steps: readonly number[]): number {
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-12);
  const fitting = steps.filter((step) => step * decade <= value * (1 + 1e-12));
  return (fitting.at(-1) ?? 1) * decade;
}

function stepAbove(value: number, steps: readonly number[]): number {
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-12);
  const fitting = steps.find((step) => step * decade >= value * (1 - 1e-12));
  return fitting === undefined ? decade * 10 : fitting * decade;
}

function niceStep(rough: number): number {
  const decade = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((step) => step * decade >= rough) ?? 10) * decade;
}
