import assert from "node:assert/strict";
import { test } from "node:test";
import { hashBlob } from "../object/hash.ts";
import { HyperLogLog } from "./hyperloglog.ts";

const hashOf = (n: number) => hashBlob(Buffer.from(`object ${n}`));

function sketchOf(from: number, to: number): HyperLogLog {
  const sketch = new HyperLogLog();
  for (let n = from; n < to; n++) sketch.add(hashOf(n));
  return sketch;
}

test("nothing is estimated as nothing, and few objects nearly exactly", () => {
  const sketch = new HyperLogLog();
  assert.equal(sketch.estimate(), 0);
  for (let n = 1; n <= 300; n++) {
    sketch.add(hashOf(n));
    assert.ok(Math.abs(sketch.estimate() - n) <= 3, `${sketch.estimate()} of ${n}`);
  }
});

test("the estimate stays within three standard errors from hundreds to hundreds of thousands", () => {
  const sketch = new HyperLogLog();
  let n = 0;
  for (let size = 512; size <= 2 ** 18; size *= 2) {
    for (; n < size; n++) sketch.add(hashOf(n));
    const error = Math.abs(sketch.estimate() / size - 1);
    assert.ok(error <= 0.0244, `${sketch.estimate()} of ${size}`);
  }
});

test("the errors of many sketches are as large as the theory says, and have no side", () => {
  const errors = Array.from(
    { length: 60 },
    (_, i) => sketchOf(i * 5000, (i + 1) * 5000).estimate() / 5000 - 1,
  );
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
  assert.ok(Math.abs(mean) < 0.004, `mean ${mean}`);
  assert.ok(deviation < 0.0122, `deviation ${deviation}`);
});

test("an object counts once, however often and in whatever order", () => {
  const once = sketchOf(0, 2000);
  const often = sketchOf(0, 2000);
  for (let n = 1999; n >= 0; n--) often.add(hashOf(n));
  assert.ok(often.toBytes().equals(once.toBytes()));
});

test("merged, two sketches are the one of all their objects", () => {
  const all = sketchOf(0, 30_000);
  for (const [left, right] of [
    [sketchOf(0, 20_000), sketchOf(10_000, 30_000)],
    [sketchOf(10_000, 30_000), sketchOf(0, 20_000)],
    [sketchOf(0, 30_000), new HyperLogLog()],
  ] as const) {
    left.merge(right);
    assert.ok(left.toBytes().equals(all.toBytes()));
  }
});

test("written and read again it is the same, in few bytes while there are few objects", () => {
  for (const n of [0, 1, 100, 5000, 30_000]) {
    const sketch = sketchOf(0, n);
    const bytes = sketch.toBytes();
    assert.ok(bytes.length <= 3 + Math.min(3 * n, 12_288), `${bytes.length} bytes for ${n}`);
    const again = HyperLogLog.parse(bytes);
    assert.equal(again?.estimate(), sketch.estimate());
    assert.ok(again.toBytes().equals(bytes));
  }
});

test("a hash of zeros and one of ones are counted", () => {
  const sketch = new HyperLogLog();
  sketch.add(new Uint8Array(32));
  sketch.add(new Uint8Array(32).fill(255));
  assert.equal(sketch.estimate(), 2);
  assert.ok(HyperLogLog.parse(sketch.toBytes()) !== undefined);
});

test("bytes that are no sketch are told from one", () => {
  const dense = sketchOf(0, 30_000).toBytes();
  const sparse = sketchOf(0, 10).toBytes();
  const changed = (bytes: Buffer, at: number, value: number) => {
    const copy = Buffer.from(bytes);
    copy[at] = value;
    return copy;
  };
  const wrong = [
    Buffer.alloc(0),
    Buffer.from([1, 14]),
    dense.subarray(1),
    dense.subarray(0, dense.length - 1),
    sparse.subarray(0, sparse.length - 1),
    changed(dense, 0, 2),
    changed(dense, 1, 12),
    changed(dense, 2, 7),
    changed(sparse, 4, 255),
    changed(sparse, 5, 52),
    changed(dense, 3, 63),
  ];
  for (const bytes of wrong)
    assert.equal(HyperLogLog.parse(bytes), undefined, bytes.subarray(0, 8).toString("hex"));
});
