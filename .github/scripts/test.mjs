#!/usr/bin/env node
/**
 * Runs the tests of all rooms and of the house under c8, and closes with the counts.
 *
 *   node .github/scripts/test.mjs             all tests; coverage must be above the line in .c8rc.json
 *   node .github/scripts/test.mjs engine      only tests whose path begins so; coverage is not judged
 *
 * It leaves `coverage/coverage-summary.json` (c8's) and `coverage/test-run.json` (`helios-test-run/1`: which revision
 * was tested, whether the tree was clean, how many tests passed and failed, and which failed). The coverage gate reads both, and takes
 * them only for the revision it judges.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { $, glob, minimist } from "zx";

const rooms = ["engine", "harness", "policy", "experiments", "reports", "cli"];
const places = [...rooms.map((room) => `${room}/**/*.test.ts`), ".github/scripts/*.test.mjs"];

process.chdir(new URL("../..", import.meta.url).pathname);
const selected = minimist(process.argv.slice(2))._.map(String);
const files = (
  await glob(places, { ignore: ["**/node_modules/**", "**/dist/**", "**/fixtures/**"], dot: true })
)
  .filter((file) => selected.length === 0 || selected.some((prefix) => file.startsWith(prefix)))
  .sort();
if (files.length === 0) {
  console.error(`test: no test file below ${selected.join(", ") || "any room"}`);
  process.exit(2);
}

await rm("coverage", { recursive: true, force: true });
await mkdir("coverage");
const tested = await revision();

// The environment of whoever runs the tests must not reach them: a HELIOS_STORE would send them to a real store.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HELIOS_")));
const judged = selected.length === 0;
// Node's own choice is one file less than there are cores. Many tests wait for processes, so that leaves half of a
// machine of two cores idle.
const filesAtOnce = availableParallelism();
const run = $({ env, stdio: "inherit", nothrow: true, preferLocal: true })`c8 --check-coverage ${judged} \
  node --test --test-concurrency ${filesAtOnce} --test-reporter spec --test-reporter-destination stdout \
  --test-reporter ./.github/scripts/count-tests.mjs --test-reporter-destination coverage/counts.json ${files}`;
// Whoever stops this (a time limit, say) stops the tests too, not only the script that waits for them.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.once(signal, () => run.kill("SIGTERM"));
const { exitCode } = await run;

const counts = await readJson("coverage/counts.json");
const summary = await readJson("coverage/coverage-summary.json");
await rm("coverage/counts.json", { force: true });
if (counts === undefined) {
  console.error("test: the test runner ended without its summary; its last lines are above");
  process.exit(exitCode || 2);
}
await writeFile(
  "coverage/test-run.json",
  JSON.stringify({
    format: "helios-test-run/1",
    ...tested,
    complete: judged,
    files: files.length,
    ...counts,
  }) + "\n",
);

console.log();
if (judged && summary !== undefined) {
  console.log(`line coverage ${summary.total.lines.pct} % (must be above 85 %); file by file: make cover`);
}
if (counts.skipped + counts.todo > 0) console.log(`${counts.skipped} skipped, ${counts.todo} to do`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.passed === 0 ? 1 : exitCode);

/** What is tested: undefined commit outside a Git checkout. */
async function revision() {
  const head = await $({ nothrow: true, quiet: true })`git rev-parse HEAD`;
  if (head.exitCode !== 0) return { commit: undefined, clean: false };
  const status = await $({ quiet: true })`git status --porcelain`;
  return { commit: head.stdout.trim(), clean: status.stdout.trim() === "" };
}

/** @param {string} file */
async function readJson(file) {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
}
