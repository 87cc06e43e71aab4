/**
 * The guard against labelled code: precision and recall over every (snippet, rule) pair, counted as often as it
 * occurs. The snippets are data in `corpus/`; a mistake of the guard is printed with its snippet.
 */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { ruleById } from "./rules.ts";
import { scanText } from "./scan.ts";

interface Snippet {
  readonly id: string;
  readonly path: string;
  readonly code: string;
  readonly expect: readonly string[];
}

interface Score {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  readonly mistakes: string[];
}

const leastPrecision = 0.98;
const leastRecall = 0.92;
const directory = path.join(import.meta.dirname, "corpus");

async function snippets(): Promise<{ file: string; snippets: readonly Snippet[] }[]> {
  const files = (await readdir(directory)).filter((name) => name.endsWith(".yaml")).toSorted();
  return await Promise.all(
    files.map(async (file) => ({
      file,
      snippets: (parse(await readFile(path.join(directory, file), "utf8")) as { snippets: Snippet[] })
        .snippets,
    })),
  );
}

function score(all: readonly Snippet[]): Score {
  const result: Score = { truePositives: 0, falsePositives: 0, falseNegatives: 0, mistakes: [] };
  for (const snippet of all) {
    const missing = [...snippet.expect];
    for (const { rule, line, what } of scanText(snippet.path, snippet.code).hits) {
      const index = missing.indexOf(rule.id);
      if (index === -1) {
        result.falsePositives += 1;
        result.mistakes.push(`${snippet.id}: not expected: ${rule.id} in line ${line} (${what})`);
      } else {
        missing.splice(index, 1);
        result.truePositives += 1;
      }
    }
    result.falseNegatives += missing.length;
    result.mistakes.push(...missing.map((rule) => `${snippet.id}: missed: ${rule}`));
  }
  return result;
}

test("the corpus is judged with at least 98 % precision and 92 % recall", async (t) => {
  const files = await snippets();
  const all = files.flatMap((file) => file.snippets);
  for (const { file, snippets: some } of files) {
    const { truePositives, falsePositives, falseNegatives } = score(some);
    t.diagnostic(
      `${file}: ${some.length} snippets, ${truePositives} right, ${falsePositives} false, ${falseNegatives} missed`,
    );
  }
  const total = score(all);
  for (const mistake of total.mistakes) t.diagnostic(mistake);
  const precision = total.truePositives / (total.truePositives + total.falsePositives);
  const recall = total.truePositives / (total.truePositives + total.falseNegatives);
  t.diagnostic(
    `precision ${(100 * precision).toFixed(1)} %, recall ${(100 * recall).toFixed(1)} % over ${all.length} snippets`,
  );
  assert.ok(precision >= leastPrecision, `precision ${precision}:\n${total.mistakes.join("\n")}`);
  assert.ok(recall >= leastRecall, `recall ${recall}:\n${total.mistakes.join("\n")}`);
});

test("the corpus is large enough, has hard negatives, and names only rules that exist", async () => {
  const all = (await snippets()).flatMap((file) => file.snippets);
  assert.ok(all.length >= 500, `${all.length} snippets`);
  assert.ok(all.filter((snippet) => snippet.expect.length === 0).length >= 110);
  assert.equal(new Set(all.map((snippet) => snippet.id)).size, all.length, "ids are unique");
  for (const snippet of all) for (const rule of snippet.expect) assert.equal(ruleById(rule).id, rule);
});

test("every rule that is an error is in the corpus", async () => {
  const expected = new Set(
    (await snippets()).flatMap((file) => file.snippets).flatMap((snippet) => snippet.expect),
  );
  const { rules } = await import("./rules.ts");
  const absent = rules
    .filter((rule) => rule.level === "error" && !expected.has(rule.id))
    .map((rule) => rule.id);
  assert.deepEqual(absent, []);
});
