import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Random, Reservoir } from "./random.ts";

describe("Random", () => {
  // Pinned: workloads and orders of stored plans are derived from these; a change would change every plan's data.
  test("gives the same numbers on every machine", () => {
    const random = new Random(1, "pinned");
    assert.deepEqual(
      Array.from({ length: 4 }, () => random.uint32()),
      [3534883795, 4216009752, 4230009181, 2501594928],
    );
  });

  test("separates streams by label", () => {
    assert.notEqual(new Random(1, "a").uint32(), new Random(1, "b").uint32());
    assert.notEqual(new Random(1, "a").uint32(), new Random(2, "a").uint32());
  });

  test("stays below its bound and reaches every value about equally often", () => {
    const random = new Random(5);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 10_000; i++) counts[random.below(10)]!++;
    // Chi-squared with 9 degrees of freedom is above 27.9 with probability 0.001; the seed is fixed.
    const chiSquared = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    assert.ok(chiSquared < 27.9, counts.join(" "));
  });

  test("gives floats in [0, 1) with mean one half", () => {
    const random = new Random(6);
    const values = Array.from({ length: 10_000 }, () => random.float());
    assert.ok(values.every((value) => value >= 0 && value < 1));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    assert.ok(Math.abs(mean - 0.5) < 0.01, String(mean));
  });

  test("shuffles without losing or inventing items, and leaves its argument alone", () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = new Random(7).shuffle(items);
    assert.deepEqual(
      [...shuffled].sort((a, b) => a - b),
      items,
    );
    assert.deepEqual(items, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.notDeepEqual(shuffled, items);
  });

  test("refuses a bound it cannot honour", () => {
    for (const bound of [0, -1, 1.5, 2 ** 33, NaN])
      assert.throws(() => new Random(1).below(bound), RangeError);
  });
});

describe("Reservoir", () => {
  test("keeps all of a short stream and a fixed number of a long one", () => {
    const short = new Reservoir<number>(5, new Random(1));
    for (let i = 0; i < 3; i++) short.offer(i);
    assert.deepEqual(short.items, [0, 1, 2]);
    const long = new Reservoir<number>(5, new Random(1));
    for (let i = 0; i < 1000; i++) long.offer(i);
    assert.equal(new Set(long.items).size, 5);
    assert.ok(long.items.some((item) => item > 500));
  });
});
