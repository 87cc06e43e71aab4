import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { programsOf } from "./readme-programs.ts";
import { runPrograms } from "./run-pages.ts";

/** Pages with programs, and how many there are at least. */
const pages = { "README.md": 8, "store/README.md": 2 };

for (const [page, least] of Object.entries(pages))
  test(`every code block of ${page} runs as it stands there`, () => assertRuns(page, least));

async function assertRuns(page: string, least: number): Promise<void> {
  const engine = join(import.meta.dirname, "..");
  const programs = programsOf(readFileSync(join(engine, page), "utf8"));
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "helios-readme-")));
  try {
    symlinkSync(join(engine, "../node_modules"), join(folder, "node_modules"));
    const run = await runPrograms(programs, folder);
    assert.equal(run.status, 0, run.stderr);
    assert.deepEqual(
      run.ran,
      programs.map(({ line }) => line),
    );
    assert.ok(programs.length >= least);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a block is run with what stands before and after it, and a block that fails is found", async () => {
  const page = [
    "text",
    "<!-- before",
    'import { join } from "node:path";',
    "const two = 2;",
    "-->",
    "```ts",
    'const path = join("a", String(two));',
    "```",
    "<!-- after",
    'assert.equal(path, "a/2");',
    "-->",
    "```sh",
    "rm -rf /",
    "```",
    "```ts",
    'throw new Error("this one fails");',
    "```",
  ].join("\n");
  const programs = programsOf(page);
  assert.deepEqual(
    programs.map(({ line }) => line),
    [6, 15],
  );
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "helios-readme-")));
  try {
    const run = await runPrograms(programs, folder);
    assert.equal(run.status, 1);
    assert.deepEqual(run.ran, [6]);
    assert.match(run.stderr, /this one fails/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
