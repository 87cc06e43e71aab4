#!/usr/bin/env node
/**
 * Runs the benchmarks that lie beside the sources, one after the other, each in a process of its own.
 *
 *   npm run bench               all
 *   npm run bench -- engine     those whose path begins with `engine`
 *
 * `x.bench.ts` run by itself is the large setting and prints its table with the checksum of its work; the small
 * setting is what its neighbour `x.bench.test.ts` or `x.test.ts` calls, so that it cannot rot.
 */
import { $, glob, minimist } from "zx";

process.chdir(new URL("../..", import.meta.url).pathname);
const selected = minimist(process.argv.slice(2))._.map(String);
const files = (
  await glob("{engine,harness,policy,experiments,reports,cli}/**/*.bench.ts", {
    ignore: ["**/node_modules/**", "**/dist/**"],
  })
)
  .filter((file) => selected.length === 0 || selected.some((prefix) => file.startsWith(prefix)))
  .sort();
if (files.length === 0) {
  console.error(`bench: no benchmark below ${selected.join(", ") || "any room"} (they are named x.bench.ts)`);
  process.exit(2);
}
let failed = 0;
for (const file of files) {
  console.log(`\n## ${file}`);
  const run = await $({ stdio: "inherit", nothrow: true })`${process.execPath} ${file}`;
  if (run.exitCode !== 0) failed += 1;
}
if (failed > 0) console.error(`bench: ${failed} of ${files.length} failed`);
process.exitCode = failed === 0 ? 0 : 1;
