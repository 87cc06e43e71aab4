#!/usr/bin/env node
/**
 * Checks the packages as a user would get them, without a network:
 *
 *   npm run check:packages                     builds them, then checks all six
 *   npm run check:packages -- --built [DIR...]   checks what is built, or the packages in these directories
 *   npm run check:packages -- --node PATH       runs them with another Node, e.g. the oldest that is supported
 *
 * Of each: publint and attw (is what package.json promises there, and do types and code agree under every way to
 * resolve it), then from its tarball in an empty project: it imports what it declares and nothing else, its types check
 * under module `node16`, `nodenext` and with a bundler, and every door imports. Of the engine also: the programs of its
 * README run, and a store works where RocksDB has no build.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { $, glob, minimist } from "zx";
import { programsOf } from "../../engine/docs/readme-programs.ts";
import { runPrograms } from "../../engine/docs/run-pages.ts";

const house = new URL("../..", import.meta.url).pathname;
const options = minimist(process.argv.slice(2), { boolean: ["built"], string: ["node", "_"] });
const node = options.node === undefined ? process.execPath : resolve(options.node);
const named = options._.map((directory) => resolve(directory));
process.chdir(house);

const rooms = ["engine", "harness", "policy", "experiments", "reports", "cli"];
if (named.length === 0 && !options.built) {
  const built = await $({ stdio: "inherit", nothrow: true })`npm run --silent build:packages`;
  if (built.exitCode !== 0) {
    console.error("packages: not checked, since they do not build");
    process.exit(2);
  }
}
const packages = await Promise.all(
  (named.length > 0 ? named : rooms.map((room) => join(house, "dist/packages", room))).map(packageIn),
);

/** @type {string[]} */
const problems = [];
const scratch = await realpath(await mkdtemp(join(tmpdir(), "helios-packages-")));
try {
  const project = join(scratch, "project");
  await mkdir(join(project, "node_modules"), { recursive: true });
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "consumer", type: "module" }));
  for (const each of packages) {
    await lint(each);
    const tarball = await pack(each, scratch);
    await checkTypesAgree(each, tarball);
    await unpack(each, tarball, project);
  }
  for (const each of packages) await checkImports(each, project);
  await checkConsumerTypes(packages, project);
  if (packages.some(({ name }) => name === "@helios/engine")) await checkEngine(project);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
for (const problem of problems) console.error(`packages: ${problem}`);
console.log(
  `packages: ${packages.length} checked with Node ${(await $({ quiet: true })`${node} --version`).stdout.trim()}, ${problems.length} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

/** @param {string} directory */
async function packageIn(directory) {
  const manifest = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
  const doors = Object.keys(manifest.exports ?? { ".": "" }).filter((door) => !door.endsWith(".json"));
  return {
    directory,
    /** @type {string} */ name: manifest.name,
    dependencies: Object.keys(manifest.dependencies ?? {}),
    doors: doors.map((door) => join(manifest.name, door)),
    /** Node's own types are of the user's choosing. */
    isProgram: manifest.bin !== undefined,
  };
}

/** @param {{ directory: string, name: string }} pack */
async function lint({ directory, name }) {
  const { messages, pkg } = await publint({ pkgDir: directory, level: "suggestion", strict: true });
  for (const message of messages) problems.push(`${name}: publint: ${formatMessage(message, pkg)}`);
}

/**
 * @param {{ directory: string }} pack
 * @param {string} into
 */
async function pack({ directory }, into) {
  const { stdout } = await $({ quiet: true })`npm pack --json --pack-destination ${into} ${directory}`;
  return join(into, JSON.parse(stdout)[0].filename);
}

/**
 * attw. The packages are ES modules, and `require` of them is not supported: the engine awaits its hash functions.
 * @param {{ name: string }} pack
 * @param {string} tarball
 */
async function checkTypesAgree({ name }, tarball) {
  const run = await $({
    preferLocal: house,
    quiet: true,
    nothrow: true,
  })`attw ${tarball} --profile esm-only --format ascii --no-color --no-emoji`;
  if (run.exitCode !== 0) problems.push(`${name}: attw:\n${run.stdout}${run.stderr}`);
}

/**
 * As npm would install it, but linking what it depends on from here. Nothing else is put beside it, so an import that
 * is not declared is not found.
 * @param {{ name: string, dependencies: string[], directory: string }} pack
 * @param {string} tarball
 * @param {string} project
 */
async function unpack({ name, dependencies }, tarball, project) {
  const home = join(project, "node_modules", name);
  await mkdir(home, { recursive: true });
  await $({ quiet: true })`tar -xzf ${tarball} -C ${home} --strip-components=1`;
  for (const dependency of dependencies.filter((each) => !packages.some((pack) => pack.name === each))) {
    const room = name.replace("@helios/", "").replace("helios-", "");
    const from = [
      join(house, room, "node_modules", dependency),
      join(house, "node_modules", dependency),
    ].find(existsSync);
    if (from === undefined)
      problems.push(`${name}: ${dependency} is not installed here, so it cannot be checked`);
    else await link(from, join(home, "node_modules", dependency));
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
async function link(from, to) {
  if (existsSync(to)) return;
  await mkdir(dirname(to), { recursive: true });
  await symlink(await realpath(from), to);
}

/**
 * @param {{ name: string, doors: string[] }} pack
 * @param {string} project
 */
async function checkImports({ name, doors }, project) {
  const installed = join(project, "node_modules", name);
  const sources = (await glob("**/*.ts", { cwd: installed, ignore: ["node_modules/**"] })).filter(
    (file) => !file.endsWith(".d.ts"),
  );
  if (sources.length > 0) problems.push(`${name}: would publish sources: ${sources.join(", ")}`);
  for (const file of ["LICENSE", "NOTICE", "README.md"])
    if (!existsSync(join(installed, file))) problems.push(`${name}: would be published without ${file}`);
  for (const door of doors) {
    const run = await $({
      cwd: project,
      quiet: true,
      nothrow: true,
    })`${node} --input-type=module --eval ${`await import(${JSON.stringify(door)})`}`;
    if (run.exitCode !== 0) problems.push(`${name}: ${door} does not import:\n${run.stderr}`);
  }
}

/**
 * Types as a user's compiler reads them: strictly, ours included, from a project of each kind.
 * @param {{ doors: string[], isProgram: boolean }[]} all
 * @param {string} project
 */
async function checkConsumerTypes(all, project) {
  const doors = all.filter(({ isProgram }) => !isProgram).flatMap((each) => each.doors);
  if (doors.length === 0) return;
  await link(join(house, "node_modules/@types/node"), join(project, "node_modules/@types/node"));
  const lines = doors.map(
    (door, i) =>
      `import type * as door${i} from ${JSON.stringify(door)};\nexport type Names${i} = keyof typeof door${i};`,
  );
  await writeFile(join(project, "consumer.ts"), `${lines.join("\n")}\n`);
  for (const [module, moduleResolution] of [
    ["node16", "node16"],
    ["nodenext", "nodenext"],
    ["preserve", "bundler"],
  ]) {
    const run = await $({
      cwd: project,
      preferLocal: house,
      quiet: true,
      nothrow: true,
    })`tsc --noEmit --strict --exactOptionalPropertyTypes --skipLibCheck false --target es2022 --lib es2023 --types node --module ${module} --moduleResolution ${moduleResolution} consumer.ts`;
    if (run.exitCode !== 0)
      problems.push(`types under module ${module}, resolution ${moduleResolution}:\n${run.stdout}`);
  }
}

/** @param {string} project */
async function checkEngine(project) {
  const installed = join(project, "node_modules/@helios/engine");
  const programs = programsOf(await readFile(join(installed, "README.md"), "utf8"));
  const run = await runPrograms(programs, project);
  if (run.status !== 0) problems.push(`@helios/engine: a program of its README fails:\n${run.stderr}`);
  else console.log(`packages: @helios/engine: ${run.ran.length} programs of its README ran`);

  for (const [without, expected] of [
    [[], "rocksdb"],
    [["@nxtedition/rocksdb"], "lmdb"],
  ]) {
    for (const name of without) await rm(join(installed, "node_modules", name), { force: true });
    await checkStore(project, without, expected);
  }
  await rm(join(installed, "node_modules/lmdb"), { force: true });
  await checkMemoryOnly(project);
}

/**
 * @param {string} project
 * @param {string[]} without
 * @param {string} expected
 */
async function checkStore(project, without, expected) {
  const program = `
    import { Helios } from "@helios/engine";
    const open = (options) => Helios.open({ root: ${JSON.stringify(`store-${expected}`)}, ...options });
    const helios = await open();
    helios.checkout("main").commit("empty");
    const vst = helios.checkout("main");
    vst.write("hello.txt", "hello");
    const { id } = vst.commit("first");
    await helios.checkpoint();
    await helios.close();
    const again = await open({ readOnly: true });
    const text = Buffer.from(again.read(id, "hello.txt")).toString();
    console.log(JSON.stringify({ l2: again.stats().l2, text }));
    await again.close();`;
  const label = without.length === 0 ? "" : ` without ${without.join(", ")}`;
  const found = await runConsumer(project, program);
  if (found === undefined) return;
  if (found.l2 !== expected || found.text !== "hello")
    problems.push(`@helios/engine${label}: expected a store in ${expected}, got ${JSON.stringify(found)}`);
  else console.log(`packages: @helios/engine${label}: a store in ${found.l2} works`);
}

/** Neither backend loads: a store on disk is refused with what to do, one in memory works. @param {string} project */
async function checkMemoryOnly(project) {
  const program = `
    import { Helios } from "@helios/engine";
    const refused = await Helios.open({ root: "store-none" }).catch((error) => error);
    const helios = await Helios.open({ root: "", l2: "memory" });
    const vst = helios.checkout("main");
    vst.write("a", "1");
    vst.commit();
    console.log(JSON.stringify({ code: refused.code, remedy: typeof refused.remedy, l2: helios.stats().l2 }));
    await helios.close();`;
  const found = await runConsumer(project, program);
  if (found === undefined) return;
  if (found.code !== "L2_UNAVAILABLE" || found.remedy !== "string" || found.l2 !== "memory")
    problems.push(`@helios/engine without any backend: ${JSON.stringify(found)}`);
  else
    console.log(
      "packages: @helios/engine without any backend: refused with a remedy; a store in memory works",
    );
}

/**
 * @param {string} project
 * @param {string} program
 */
async function runConsumer(project, program) {
  await writeFile(join(project, "consumer.mjs"), program);
  const run = await $({ cwd: project, quiet: true, nothrow: true })`${node} consumer.mjs`;
  if (run.exitCode === 0) return JSON.parse(run.stdout);
  problems.push(`@helios/engine: a program that uses it fails:\n${run.stderr}`);
  return undefined;
}
