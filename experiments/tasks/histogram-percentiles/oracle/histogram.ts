export class Histogram {
  readonly #values: number[] = [];
  #isSorted = true;

  record(value: number): void {
    this.#values.push(value);
    this.#isSorted = false;
  }

  get count(): number {
    return this.#values.length;
  }

  percentile(p: number): number | undefined {
    if (p < 0 || p > 100) throw new RangeError(`no percentile: ${p}`);
    if (!this.#isSorted) {
      this.#values.sort((a, b) => a - b);
      this.#isSorted = true;
    }
    const rank = Math.ceil((p / 100) * this.#values.length);
    return this.#values[Math.max(1, rank) - 1];
  }

  median(): number | undefined {
    return this.percentile(50);
  }
}

export function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}
