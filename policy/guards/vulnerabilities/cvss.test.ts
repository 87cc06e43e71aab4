import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { baseScore, ratingOf } from "./cvss.ts";

/** Of the examples that FIRST publishes with each version, and cases at the edges of rounding. */
const known: readonly (readonly [vector: string, score: number])[] = [
  ["CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1],
  ["CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4],
  ["CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1],
  ["CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9],
  ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5],
  ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10],
  ["CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 8.8],
  ["CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 6.8],
  ["CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8],
  ["CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0],
  ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O", 9.8],
  ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10],
  ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3],
  ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N", 8.7],
  ["CVSS:4.0/AV:L/AC:L/AT:P/PR:N/UI:N/VC:L/VI:L/VA:L/SC:H/SI:L/SA:L", 5.1],
  ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 5.1],
  ["CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0],
];
for (const [vector, score] of known) {
  test(`${vector} is ${score}`, () => assert.equal(baseScore(vector), score));
}

test("what is no vector, or of another version, has no score", () => {
  for (const text of [
    "",
    "9.8",
    "CVSS:2.0/AV:N/AC:L/Au:N/C:P/I:P/A:P",
    "AV:N/AC:L/Au:N/C:P/I:P/A:P",
    "CVSS:3.1/AV:N",
    "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H",
    "CVSS:4.0/AV:NA/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
  ]) {
    assert.equal(baseScore(text), undefined, text);
  }
});

test("ratings begin where the specification says", () => {
  const scores = [10, 9, 8.9, 7, 6.9, 4, 3.9, 0.1, 0];
  assert.deepEqual(scores.map(ratingOf), [
    "critical",
    "critical",
    "high",
    "high",
    "moderate",
    "moderate",
    "low",
    "low",
    "info",
  ]);
});

const order = { AV: "PLAN", AC: "HL", AT: "PN", PR: "HLN", UI: "APN", V: "NLH" };
const level = (values: string): fc.Arbitrary<number> => fc.integer({ min: 0, max: values.length - 1 });

test("version 4: a worse metric never lowers the score, and scores have one decimal", () => {
  const names = ["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"];
  const valuesOf = (name: string): string => order[name as keyof typeof order] ?? order.V;
  const vectorOf = (levels: readonly number[]): string =>
    `CVSS:4.0/${names.map((name, at) => `${name}:${valuesOf(name)[levels[at]!]}`).join("/")}`;
  fc.assert(
    fc.property(
      fc.tuple(...names.map((name) => level(valuesOf(name)))),
      fc.nat(names.length - 1),
      (levels, at) => {
        const score = baseScore(vectorOf(levels))!;
        assert.ok(score >= 0 && score <= 10 && Number((score * 10).toFixed(6)) % 1 === 0, String(score));
        if (levels[at]! + 1 >= valuesOf(names[at]!).length) return;
        const worse = levels.with(at, levels[at]! + 1);
        assert.ok(baseScore(vectorOf(worse))! >= score, `${vectorOf(levels)} ${vectorOf(worse)}`);
      },
    ),
  );
});
