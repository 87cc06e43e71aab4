/** Several ordered sequences as one, in order: a heap of the sequences by what each gives next. */

/** O(items * log sequences). Items of different sequences are never equal. */
export function* mergeOrdered<T>(
  sequences: Iterable<Iterator<T, unknown>>,
  compare: (a: T, b: T) => number,
): IterableIterator<T> {
  const heap: Head<T>[] = [];
  const isBefore = (i: number, j: number): boolean => compare(heap[i]!.item, heap[j]!.item) < 0;
  for (const rest of sequences) {
    const first = rest.next();
    if (first.done !== true) heap.push({ item: first.value, rest });
  }
  for (let i = (heap.length >>> 1) - 1; i >= 0; i--) sink(heap, i, isBefore);
  while (heap.length > 0) {
    const head = heap[0]!;
    yield head.item;
    const next = head.rest.next();
    if (next.done !== true) head.item = next.value;
    else if (heap.length > 1) heap[0] = heap.pop()!;
    else return;
    sink(heap, 0, isBefore);
  }
}

interface Head<T> {
  item: T;
  readonly rest: Iterator<T, unknown>;
}

function sink<T>(heap: Head<T>[], from: number, isBefore: (i: number, j: number) => boolean): void {
  for (let at = from; ;) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    let least = at;
    if (left < heap.length && isBefore(left, least)) least = left;
    if (right < heap.length && isBefore(right, least)) least = right;
    if (least === at) return;
    [heap[at], heap[least]] = [heap[least]!, heap[at]!];
    at = least;
  }
}
