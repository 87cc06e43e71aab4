import assert from "node:assert/strict";
import { test } from "node:test";
import { unsuitableProcessor } from "./rocksdb-processor.ts";

const cpuinfo = (flags: string) =>
  `processor\t: 0\nmodel name\t: some processor\nflags\t\t: ${flags}\nbugs\t\t: none\n`;

test("a processor with everything the build uses is suitable", () => {
  const all = "fpu avx avx2 bmi1 bmi2 fma f16c movbe abm popcnt sse4_2";
  assert.deepEqual(
    unsuitableProcessor(() => cpuinfo(all)),
    [],
  );
});

test("what an older processor lacks is named", () => {
  assert.deepEqual(
    unsuitableProcessor(() => cpuinfo("fpu sse4_2 popcnt avx f16c")),
    ["avx2", "bmi1", "bmi2", "fma", "movbe", "abm"],
  );
});

test("where the system does not tell, nothing is missing", () => {
  assert.deepEqual(
    unsuitableProcessor(() => ""),
    [],
  );
  assert.deepEqual(
    unsuitableProcessor(() => "processor: 0\nFeatures: fp asimd\n"),
    [],
  );
});
