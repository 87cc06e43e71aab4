import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { knownTexts, matchKnownTexts, shareShingles, wordsOf } from "./known-texts.ts";

const texts = [...knownTexts()].map(([key, text]) => ({ id: key.replace(/#.*$/, ""), text }));
const idsIn = (text: string): readonly string[] =>
  matchKnownTexts(wordsOf(text).split(" "))
    .matches.map(({ id }) => id)
    .sort();

test("every known text is known as itself and as nothing else", () => {
  for (const { id, text } of texts) assert.deepEqual(idsIn(text), [id], id);
});

test("a text worn in places, or between other words, is still itself", () => {
  const some = texts.filter((_, at) => at % 5 === 0);
  fc.assert(
    fc.property(
      fc.constantFrom(...some),
      fc.nat(60),
      fc.lorem({ maxCount: 30 }),
      ({ id, text }, offset, around) => {
        const words = text.split(/\s+/).map((word, at) => (at % 61 === offset ? "elsewhere" : word));
        const found = idsIn(`${around}\n${words.join("\n")}\n${around}`);
        assert.ok(found.includes(id), `${id}: ${found.join(", ")}`);
      },
    ),
    { numRuns: 60 },
  );
});

test("two licences in one file are both there, kin included", () => {
  const text = (id: string): string => texts.find((one) => one.id === id)!.text;
  for (const pair of [
    ["AGPL-3.0-only", "GPL-3.0-only"],
    ["BSD-3-Clause", "ISC"],
    ["Apache-2.0", "MPL-2.0"],
    ["GPL-2.0-only", "LGPL-2.1-only"],
  ]) {
    assert.deepEqual(idsIn(pair.map(text).join("\n\n")), pair);
  }
});

test("quotations and talk about licences are no licence", () => {
  for (const talk of [
    "",
    "one",
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software",
    "The GNU Affero General Public License is a free, copyleft license for software and other kinds of works.",
    "We chose the MIT License because it is short. The Apache License 2.0 has a patent grant.",
  ]) {
    assert.deepEqual(idsIn(talk), [], talk);
  }
});

test("kin share shingles, strangers and unknown ids do not", () => {
  assert.ok(shareShingles("AGPL-3.0-only", "GPL-3.0-only"));
  assert.ok(shareShingles("BSD-2-Clause", "BSD-3-Clause"));
  assert.ok(!shareShingles("MIT", "Apache-2.0"));
  assert.ok(!shareShingles("MIT", "No-Such-1.0"));
});

test("words: case, punctuation and spelling do not matter", () => {
  assert.equal(wordsOf('  The "LICENCE",\n v2.0 sub-licence '), "the license v2 0 sub license");
});
