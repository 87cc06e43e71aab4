import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { elfWith } from "./elf.example.ts";
import { readElf, scanElf } from "./elf.ts";

const ruleIds = (bytes: Uint8Array): string[] => scanElf(bytes).hits.map((hit) => hit.rule.id);

test("undefined dynamic symbols are the imports; defined ones are not", () => {
  const bytes = elfWith([
    { name: "mount", isDefined: false },
    { name: "unshare", isDefined: true },
    { name: "malloc", isDefined: false },
  ]);
  assert.deepEqual(readElf(bytes), { imported: ["malloc", "mount"], isDynamic: true });
  assert.deepEqual(ruleIds(bytes), ["mount-call"]);
});

test("both byte orders and both sizes are read", () => {
  for (const is64 of [true, false]) {
    for (const isLittle of [true, false]) {
      const bytes = elfWith([{ name: "setns", isDefined: false }], { is64, isLittle });
      assert.deepEqual(ruleIds(bytes), ["namespace-setns"], `${is64} ${isLittle}`);
    }
  }
});

test("an import of syscall is a note, of clone nothing: every thread library has it", () => {
  assert.deepEqual(ruleIds(elfWith([{ name: "syscall", isDefined: false }])), ["raw-syscall"]);
  assert.deepEqual(ruleIds(elfWith([{ name: "clone", isDefined: false }])), []);
});

test("a file without a dynamic table is reported as not scanned, not as clean", () => {
  const { problems } = scanElf(elfWith(undefined));
  assert.match(problems[0]?.reason ?? "", /statically linked/);
});

test("no damage makes the reader throw, and a cut file is never clean", () => {
  const whole = elfWith([{ name: "mount", isDefined: false }]);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      const damaged = Uint8Array.from(whole);
      damaged[at] = value;
      scanElf(damaged);
      const cut = scanElf(whole.subarray(0, at));
      assert.ok(cut.problems.length > 0 || cut.hits.length > 0);
    }),
  );
});
