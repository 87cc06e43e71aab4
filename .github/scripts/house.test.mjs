/**
 * What the project wants of its own source, as tests: which room may import which, what no file may contain, what
 * every room has. Here and not in a room, because no room owns the house; `make test` runs it with the others.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const house = fileURLToPath(new URL("../..", import.meta.url));

/** The picture of the house. oxlint, each package.json and each tsconfig.json say it again; they must agree. */
const mayImport = {
  engine: [],
  harness: [],
  policy: [],
  experiments: ["engine", "harness"],
  reports: ["harness", "policy"],
  cli: ["engine", "experiments", "harness", "policy", "reports"],
};
const typesOnly = { reports: ["policy"] };
const rooms = Object.keys(mayImport);

test("a room imports only what the picture of the house allows, through the door, and the lint table refuses the rest", () => {
  const scratch = mkdtempSync(join(tmpdir(), "helios-house-"));
  try {
    cpSync(join(house, ".oxlintrc.json"), join(scratch, ".oxlintrc.json"));
    const expected = [];
    for (const room of rooms) {
      mkdirSync(join(scratch, room, "inner"), { recursive: true });
      const plant = (name, source, refused) => {
        writeFileSync(join(scratch, room, "inner", `${name}.ts`), source);
        if (refused) expected.push(`${room}/inner/${name}.ts`);
      };
      for (const other of rooms.filter((each) => each !== room)) {
        const door = other === "cli" ? "helios-cli" : `@helios/${other}`;
        const allowed = mayImport[room].includes(other);
        const typed = typesOnly[room]?.includes(other) ?? false;
        plant(`value-${other}`, `import { x } from "${door}";\nexport const y = x;\n`, !allowed || typed);
        plant(`type-${other}`, `import type { X } from "${door}";\nexport type Y = X;\n`, !allowed);
        plant(`inside-${other}`, `export { x } from "${door}/inner.ts";\n`, true);
        plant(`beside-${other}`, `import { x } from "../../${other}/x.ts";\nexport const y = x;\n`, true);
      }
      plant("own", `import { x } from "../tree/x.ts";\nexport const y = x;\n`, false);
    }
    const lint = spawnSync(
      process.execPath,
      [join(house, "node_modules/.bin/oxlint"), "--format", "json", "."],
      {
        cwd: scratch,
        encoding: "utf8",
        maxBuffer: 1 << 26,
      },
    );
    const refused = JSON.parse(lint.stdout)
      .diagnostics.filter(({ code }) => code === "eslint(no-restricted-imports)")
      .map(({ filename }) => filename);
    assert.deepEqual([...new Set(refused)].sort(), expected.sort());
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

test("package.json and tsconfig.json of a room name only rooms it may import", () => {
  const { version } = readJson("package.json");
  for (const room of rooms) {
    const { dependencies = {} } = readJson(`${room}/package.json`);
    const ours = Object.keys(dependencies).filter(
      (name) => name.startsWith("@helios/") || name === "helios-cli",
    );
    for (const name of ours) assert.equal(dependencies[name], version, `${room}/package.json: ${name}`);
    const references = readJson(`${room}/tsconfig.json`).references.map(({ path }) => path);
    const named = [
      ...ours.map((name) => name.replace("@helios/", "")),
      ...references.map((path) => basename(path)),
    ];
    // What is named and not used, or used and not named, is knip's to tell.
    assert.deepEqual(
      named.filter((other) => !mayImport[room].includes(other)),
      [],
      room,
    );
  }
});

test("every room has one door, a page that says how to add to it, and the version of the house", () => {
  const { version } = readJson("package.json");
  for (const room of rooms) {
    assert.ok(existsSync(join(house, room, "index.ts")), `${room}/index.ts`);
    assert.ok(existsSync(join(house, room, "README.md")), `${room}/README.md`);
    assert.equal(readJson(`${room}/package.json`).version, version, `${room}/package.json`);
  }
});

test("the tour of the engine in README.md runs as it stands there", () => {
  const [, tour] = /```ts\n(.*?)```/s.exec(readFileSync(join(house, "README.md"), "utf8"));
  const scratch = mkdtempSync(join(tmpdir(), "helios-tour-"));
  try {
    symlinkSync(join(house, "node_modules"), join(scratch, "node_modules"));
    const run = spawnSync(process.execPath, ["--input-type=module-typescript", "--eval", tour], {
      cwd: scratch,
      encoding: "utf8",
    });
    assert.equal(run.status, 0, run.stderr);
    const [id, ...lines] = run.stdout.trimEnd().split("\n");
    assert.match(id, /^blake3:[0-9a-f]{64}$/);
    assert.deepEqual(lines, ["modified src/a.ts", "deleted src/b.ts", "[ 'src/a.ts', 'src/b.ts' ]"]);
    assert.deepEqual(readdirSync(join(scratch, "out"), { recursive: true }).sort(), ["src", "src/a.ts"]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

test("NOTICE names every component that is recorded as compiled into a package of the product", () => {
  const flat = (text) => text.replaceAll(/\s+/g, " ");
  const [product, tools] = readFileSync(join(house, "policy/exceptions.yaml"), "utf8").split(
    "# --- Development tools",
  );
  assert.ok(tools !== undefined, "policy/exceptions.yaml has no section of development tools any more");
  const lists = [...product.matchAll(/^    components:((?:\n      - .+)+| \[.+\])/gm)].map(
    ([, list]) => list,
  );
  const components = lists.flatMap((list) =>
    list
      .trim()
      .replaceAll(/^- |^\[|\]$/gm, "")
      .split(/\n\s+- /),
  );
  assert.ok(components.length > 10);
  const notice = flat(readFileSync(join(house, "NOTICE"), "utf8"));
  assert.deepEqual(
    components.filter((component) => !notice.includes(`- ${flat(component)}`)),
    [],
  );
});

test("the lock file names versions and hashes, never an address", () => {
  const entries = Object.entries(readJson("package-lock.json").packages);
  assert.ok(entries.length > 100);
  assert.deepEqual(
    entries.filter(([, { resolved = "", link }]) => resolved !== "" && !link).map(([path]) => path),
    [],
  );
});

test("no file names a place on one developer's machine, and no test is focused", () => {
  const patterns = [
    [/(?<![\w.@/-])\/(?:work|root|Users|home\/(?!runner\b)[a-z]+)\/[.\w]/, "a path of one machine"],
    [/\b(?:test|it|describe|suite)\.only\(|\{\s*only:\s*true/, "a focused test"],
  ];
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: house, encoding: "utf8" })
    .split("\0")
    .filter(Boolean);
  assert.ok(files.length > 50, "git ls-files named too few files to have looked at anything");
  const found = [];
  for (const file of files.filter((name) => existsSync(join(house, name)) && !name.includes("/fixtures/"))) {
    let text;
    try {
      text = readFileSync(join(house, file), "utf8");
    } catch {
      continue; // a symbolic link to a directory
    }
    for (const [pattern, what] of patterns) {
      const match = pattern.exec(text);
      if (match !== null) found.push(`${file}: ${what}: ${match[0]}`);
    }
  }
  assert.deepEqual(found, []);
});

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(join(house, file), "utf8"));
}
