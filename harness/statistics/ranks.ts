/** Ranks of values, equal values sharing the mean of their places. */
export function midRanks(values: readonly number[]): Float64Array {
  const order = values.map((_, i) => i).sort((i, j) => (values[i] as number) - (values[j] as number));
  const ranks = new Float64Array(values.length);
  for (const { from, to } of tiedGroups(order.map((i) => values[i] as number))) {
    for (let i = from; i < to; i++) ranks[order[i] as number] = (from + 1 + to) / 2;
  }
  return ranks;
}

/** Runs of equal values in an ascending list, as half-open ranges. */
export function tiedGroups(ascending: ArrayLike<number>): { from: number; to: number }[] {
  const groups: { from: number; to: number }[] = [];
  for (let from = 0, to = 0; from < ascending.length; from = to) {
    for (to = from + 1; to < ascending.length && ascending[to] === ascending[from];) to++;
    groups.push({ from, to });
  }
  return groups;
}
