#!/usr/bin/env node
/**
 * Builds what is published: plain JavaScript with types, one directory per package below `dist/packages/`.
 *
 *   npm run build:packages              builds
 *   npm run build:packages -- --check   and proves it: packs them, installs the packs into an empty project, imports
 *                                       every door with plain Node and runs the command line there (needs a registry)
 *
 * In the repository Node runs the TypeScript as it is; below node_modules it refuses to, so published packages are
 * compiled. The layout of a room is kept, only `.ts` becomes `.js` plus `.d.ts`: whatever finds a file beside itself
 * still finds it.
 */
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { $, glob, minimist } from "zx";

const rooms = ["engine", "harness", "policy", "experiments", "reports", "cli"];
const target = "dist/packages";
/** What a user of the engine does first; it runs in the project that installed the packs. */
const consumer = `
import { Helios } from "@helios/engine";
const helios = await Helios.open({ root: "store" });
const vst = helios.vst();
vst.write("hello.txt", "hello");
const { id } = vst.commit("first");
await helios.close();
const again = await Helios.open({ root: "store", readOnly: true });
const text = new TextDecoder().decode(again.read(id, "hello.txt"));
await again.close();
if (text !== "hello") throw new Error("read back " + text);
console.log("@helios/engine committed and read back " + id);
`;
const house = new URL("../..", import.meta.url).pathname;
process.chdir(house);

await rm(target, { recursive: true, force: true });
// A compiler leaves the output of deleted sources behind; what is published must come from what is there.
await Promise.all(rooms.map((room) => rm(join(room, "dist"), { recursive: true, force: true })));
await $({ stdio: "inherit" })`tsc -b`;
for (const room of rooms) await buildPackage(room);
console.log(`packages: ${rooms.length} built below ${target}`);
if (minimist(process.argv.slice(2)).check) await proveThem();

/** @param {string} room */
async function buildPackage(room) {
  const out = join(target, room);
  const manifest = JSON.parse(await readFile(join(room, "package.json"), "utf8"));
  const compiled = await glob("**/*.{js,d.ts,json}", {
    cwd: join(room, "dist"),
    ignore: ["**/*.{test,bench,fixture,fuzz,golden}.*", "docs/**", "tsconfig.json", "package.json"],
  });
  // Data that sources read as files, and the program npm links, are not the compiler's business.
  const asTheyAre = await glob(["**/*.{md,json,yaml,yml,css,wasm}", "bin/**"], {
    cwd: room,
    ignore: [
      "**/node_modules/**",
      "**/dist/**",
      "**/fixtures/**",
      "**/corpus/**",
      "**/*.golden.*",
      "docs/*.json",
      "tsconfig.json",
      "package.json",
    ],
  });
  for (const file of compiled) await copy(join(room, "dist", file), join(out, file));
  for (const file of asTheyAre) await copy(join(room, file), join(out, file));
  for (const file of ["LICENSE", "NOTICE"]) await copy(file, join(out, file));

  for (const file of await glob("**/*.js", { cwd: out })) await nameCompiledFiles(join(out, file));
  if (!existsSync(join(out, "index.js"))) throw new Error(`${room}: tsc made no index.js`);
  await writeFile(join(out, "package.json"), JSON.stringify(publishedManifest(manifest), null, 2) + "\n");
}

/** @param {Record<string, any>} manifest */
function publishedManifest({ private: _private, devDependencies: _dev, scripts: _scripts, ...manifest }) {
  return {
    ...manifest,
    types: "./index.d.ts",
    exports: { ...publishedDoors(manifest.exports), "./package.json": "./package.json" },
    files: ["**/*.js", "**/*.d.ts", "**/*.json", "**/*.md", "**/*.{yaml,yml,css,wasm}", "LICENSE", "NOTICE"],
    publishConfig: { access: "public", provenance: true },
  };
}

/**
 * Every door of the sources, as what it is compiled to.
 * @param {Record<string, string>} [doors]
 */
function publishedDoors(doors = { ".": "./index.ts" }) {
  return Object.fromEntries(
    Object.entries(doors).map(([door, source]) => {
      const path = source.replace(/\.ts$/, "");
      return [door, { types: `${path}.d.ts`, default: `${path}.js` }];
    }),
  );
}

/**
 * tsc rewrites the paths of imports. A path that is only a string, as in `new URL("./child.ts", import.meta.url)`, it
 * leaves alone: here it follows, where the compiled file exists.
 * @param {string} file
 */
async function nameCompiledFiles(file) {
  const source = await readFile(file, "utf8");
  const rewritten = source.replaceAll(/(["'`])(\.{1,2}\/[^"'`\n]*|[\w-]+)\.ts\1/g, (whole, quote, path) =>
    existsSync(join(dirname(file), `${path}.js`)) ? `${quote}${path}.js${quote}` : whole,
  );
  // The maps would point at sources that are not published.
  const published = rewritten.replace(/\n\/\/# sourceMappingURL=.*\n?$/, "\n");
  if (published !== source) await writeFile(file, published);
}

async function proveThem() {
  const scratch = await mkdtemp(join(tmpdir(), "helios-packages-"));
  try {
    for (const room of rooms)
      await $({ quiet: true })`npm pack --pack-destination ${scratch} ./${join(target, room)}`;
    const packs = (await readdir(scratch)).map((name) => `./${name}`);
    const manifest = { name: "consumer", private: true, type: "module", dependencies: {} };
    await writeFile(join(scratch, "package.json"), JSON.stringify(manifest));
    const inside = $({ cwd: scratch, quiet: true });
    await inside`npm install --no-audit --no-fund --loglevel error ${packs}`;

    for (const room of rooms) {
      const name = room === "cli" ? "helios-cli" : `@helios/${room}`;
      const installed = join(scratch, "node_modules", name);
      const sources = (await glob("**/*.ts", { cwd: installed, ignore: ["**/node_modules/**"] })).filter(
        (file) => !file.endsWith(".d.ts"),
      );
      if (sources.length > 0) throw new Error(`${name} would publish sources: ${sources.join(", ")}`);
      for (const file of ["LICENSE", "NOTICE", "index.d.ts"]) {
        if (!existsSync(join(installed, file))) throw new Error(`${name} would be published without ${file}`);
      }
      const names =
        await inside`${process.execPath} -e ${`console.log(Object.keys(await import("${name}")).length)`} --input-type=module`;
      console.log(`packages: ${name} imports, its door has ${names.stdout.trim()} names`);
    }
    await writeFile(join(scratch, "consumer.mjs"), consumer);
    console.log(`packages: ${(await inside`${process.execPath} consumer.mjs`).stdout.trim()}`);
    const committed =
      await inside`${process.execPath} node_modules/helios-cli/bin/helios-cli.js commit -m consumer --store cli-store --json`;
    console.log(`packages: helios-cli committed ${JSON.parse(committed.stdout).snapshot}`);
    const version = await inside`${process.execPath} node_modules/helios-cli/bin/helios-cli.js --version`;
    console.log(`packages: helios-cli runs: ${version.stdout.trim()}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
async function copy(from, to) {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to);
  if (dirname(from).endsWith("/bin")) await chmod(to, 0o755);
}
