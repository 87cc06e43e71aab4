#!/usr/bin/env node
/**
 * Does a project survive the way through the store? Commits a project in one process, materializes the snapshot in
 * another through the same store, and runs the project's own `.helios-ci/run_tests.sh` where it came out.
 *
 *   node .github/scripts/integration-check.mjs                      all of it, in a temporary directory
 *   node .github/scripts/integration-check.mjs commit DIRECTORY STORE            prints the snapshot id
 *   node .github/scripts/integration-check.mjs materialize SNAPSHOT STORE OUT    and runs the tests in OUT
 *
 * The workflow calls the halves in two steps, which share nothing but STORE. `--project DIRECTORY` checks another
 * project than the demo. Exit status: 0 as it should be, 1 something was lost or a test is red, 2 wrong usage.
 */
import { appendFile, cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { $, minimist } from "zx";

const house = fileURLToPath(new URL("../..", import.meta.url));
const heliosCli = join(house, "cli/bin/helios-cli.js");

class CheckFailed extends Error {}

const { _: words, project = join(house, ".github/demo-project") } = minimist(process.argv.slice(2), {
  string: ["_", "project"],
});
const [step, ...operands] = words;
try {
  if (step === undefined) await wholeWay(resolve(project));
  else if (step === "commit" && operands.length === 2) await commit(...operands);
  else if (step === "materialize" && operands.length === 3) await materializeAndTest(...operands);
  else {
    console.error("usage: integration-check.mjs [commit DIRECTORY STORE | materialize SNAPSHOT STORE OUT]");
    process.exitCode = 2;
  }
} catch (error) {
  if (!(error instanceof CheckFailed)) throw error;
  console.error(`integration: FAILED: ${error.message}`);
  process.exitCode = 1;
}

/** @param {string} source */
async function wholeWay(source) {
  const scratch = await mkdtemp(join(tmpdir(), "helios-integration-"));
  try {
    const work = join(scratch, "work");
    await cp(source, work, { recursive: true, verbatimSymlinks: true });
    await writeFile(join(work, "build.log"), "ignored by .heliosignore\n");
    // The store lies elsewhere and is reached through a link, as a cache directory of a CI system would be.
    await mkdir(join(scratch, "cache"));
    await symlink(join(scratch, "cache"), join(work, ".helios"));

    const first = await commit(work, join(work, ".helios"));
    const again = await commit(work, join(work, ".helios"));
    if (again.snapshot !== first.snapshot || again.newObjects !== 0) {
      throw new CheckFailed(
        `a second commit without changes wrote ${again.newObjects} objects as ${again.snapshot}`,
      );
    }

    const out = join(scratch, "out");
    await materializeAndTest(first.snapshot, join(scratch, "cache"), out);
    await rm(join(work, "build.log"));
    await rm(join(work, ".helios"));
    const difference = await $({ nothrow: true, quiet: true })`diff -r --no-dereference ${work} ${out}`;
    if (difference.exitCode !== 0) throw new CheckFailed(`what came out differs:\n${difference.stdout}`);
    console.log("integration: same files, modes, links and bytes; the project's own tests pass");
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {string} directory
 * @param {string} store
 */
async function commit(directory, store) {
  const result = await helios([
    "commit",
    "-m",
    "integration",
    "--work",
    directory,
    "--store",
    store,
    "--json",
  ]);
  console.log(`integration: committed ${directory} as ${result.snapshot} (${result.newObjects} new objects)`);
  // The next step of the workflow reads it from here.
  if (process.env.GITHUB_OUTPUT) await appendFile(process.env.GITHUB_OUTPUT, `snapshot=${result.snapshot}\n`);
  return result;
}

/**
 * @param {string} snapshot
 * @param {string} store
 * @param {string} out
 */
async function materializeAndTest(snapshot, store, out) {
  const result = await helios(["materialize", snapshot, out, "--store", store, "--json"]);
  console.log(`integration: materialized ${result.files} files and ${result.symlinks} links into ${out}`);
  // The tests of the project decide, not those of whoever started this: node:test marks its children.
  const env = { ...process.env };
  delete env.NODE_TEST_CONTEXT;
  const run = await $({ env, nothrow: true, quiet: true })`${join(out, ".helios-ci/run_tests.sh")}`;
  const passed = Number(
    /^(?:# |ℹ )pass (\d+)$|\b(\d+) passed\b/m.exec(run.stdout)?.slice(1).find(Boolean) ?? 0,
  );
  if (run.exitCode !== 0 || passed === 0) {
    throw new CheckFailed(
      `.helios-ci/run_tests.sh ended with ${run.exitCode} and ${passed} tests passed:\n${run.stdout}${run.stderr}`,
    );
  }
  console.log(`integration: .helios-ci/run_tests.sh passed there (${passed} tests)`);
}

/** @param {string[]} args */
async function helios(args) {
  const env = { ...process.env };
  delete env.HELIOS_STORE; // only --store decides
  const run = await $({ env, nothrow: true, quiet: true })`${process.execPath} ${heliosCli} ${args}`;
  if (run.exitCode !== 0) {
    throw new CheckFailed(
      `helios-cli ${args.join(" ")} ended with ${run.exitCode}:\n${run.stdout}${run.stderr}`,
    );
  }
  return JSON.parse(run.stdout);
}
