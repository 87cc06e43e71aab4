/** Merges overlapping and touching intervals; the result is sorted. */
export function mergeIntervals(intervals) {
  const sorted = [...intervals].sort((a, b) => a[0] - b[0]);
  const merged = [];
  for (const [begin, end] of sorted) {
    const last = merged[merged.length - 1];
    if (last !== undefined && begin < last[1]) {
      last[1] = Math.max(last[1], end);
    } else {
      merged.push([begin, end]);
    }
  }
  return merged;
}

/** The length covered by the intervals, overlaps counted once. */
export function coveredLength(intervals) {
  return mergeIntervals(intervals).reduce((sum, [begin, end]) => sum + end - begin, 0);
}
