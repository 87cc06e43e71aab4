/** First index with `values[index] >= value`; `values` is sorted. */
export function lowerBound(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function insertSorted(values, value) {
  const at = lowerBound(values, value);
  return [...values.slice(0, at), value, ...values.slice(at)];
}

export function includesSorted(values, value) {
  const at = lowerBound(values, value);
  return at < values.length && values[at] === value;
}
