import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { plantTree } from "../guard.suite.ts";
import type { LockFile, LockReading } from "./lockfile.ts";
import { parsePnpmLock } from "./pnpm-lock.ts";
import { readLock } from "./read-lock.ts";
import { parseYarnLock } from "./yarn-lock.ts";

function lockOf(reading: LockReading): LockFile {
  assert.equal(reading.kind, "lock", JSON.stringify(reading));
  return reading.lock;
}

/** `name@version`, with marks: d development, o optional. */
function shown(lock: LockFile): readonly string[] {
  return lock.packages.map(
    ({ key, development, optional }) => `${key}${development ? " d" : ""}${optional ? " o" : ""}`,
  );
}

const pnpm9 = `lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a: {specifier: ^1, version: 1.10(peer@2.0.0)}
      alias: {specifier: 'npm:real@^3', version: real@3.0.0}
      sibling: {specifier: 'workspace:*', version: 'link:packages/sibling'}
    devDependencies:
      tool: {specifier: ^4, version: 4.0.0}
  packages/sibling:
    optionalDependencies:
      fast: {specifier: ^5, version: 5.0.0}
packages:
  a@1.10: {resolution: {integrity: sha512-AA==}, peerDependencies: {peer: '*'}}
  peer@2.0.0: {resolution: {integrity: sha512-BB==}}
  real@3.0.0: {resolution: {integrity: sha512-CC==}}
  tool@4.0.0: {resolution: {integrity: sha512-DD==}}
  '@s/below@6.0.0': {resolution: {integrity: sha512-EE==}}
  fast@5.0.0: {resolution: {integrity: sha512-FF==}, os: [linux], cpu: [x64], libc: [glibc]}
snapshots:
  a@1.10(peer@2.0.0): {dependencies: {peer: 2.0.0}}
  a@1.10(peer@2.0.1): {dependencies: {peer: 2.0.0}}
  peer@2.0.0: {}
  real@3.0.0: {}
  tool@4.0.0: {dependencies: {'@s/below': 6.0.0}}
  '@s/below@6.0.0': {}
  fast@5.0.0: {optional: true}
`;

const pnpm6 = `lockfileVersion: '6.0'
dependencies:
  a: {specifier: ^1, version: 1.0.0(peer@2.0.0)}
devDependencies:
  '@s/tool': {specifier: ^4, version: 4.0.0}
packages:
  /a@1.0.0(peer@2.0.0): {resolution: {integrity: sha512-AA==}, dependencies: {peer: 2.0.0, mm: /ms@2.1.3}, dev: false}
  /peer@2.0.0: {resolution: {integrity: sha512-BB==}, dev: false}
  /ms@2.1.3: {resolution: {integrity: sha512-CC==}, dev: false}
  /@s/tool@4.0.0: {resolution: {integrity: sha512-DD==}, dev: true, requiresBuild: true}
`;

const pnpm5 = `lockfileVersion: 5.4
specifiers: {a: ^1, '@s/tool': ^4}
dependencies: {a: 1.0.0_peer@2.0.0}
devDependencies: {'@s/tool': 4.0.0}
packages:
  /a/1.0.0_peer@2.0.0: {resolution: {integrity: sha512-AA==}, dependencies: {peer: 2.0.0}}
  /peer/2.0.0: {resolution: {integrity: sha512-BB==}}
  /@s/tool/4.0.0: {resolution: {integrity: sha512-DD==}}
`;

describe("pnpm", () => {
  test("version 9: names, versions, kinds, platforms, aliases, workspaces", () => {
    const lock = lockOf(parsePnpmLock("pnpm-lock.yaml", Buffer.from(pnpm9)));
    assert.deepEqual(shown(lock), [
      "@s/below@6.0.0 d",
      "a@1.10",
      "fast@5.0.0 o",
      "peer@2.0.0",
      "real@3.0.0",
      "tool@4.0.0 d",
    ]);
    const fast = lock.packages.find(({ name }) => name === "fast")!;
    assert.deepEqual(
      [fast.os, fast.cpu, fast.libc, fast.integrity],
      [["linux"], ["x64"], ["glibc"], "sha512-FF=="],
    );
    assert.deepEqual(lock.packages.find(({ name }) => name === "a")?.dependsOn, ["peer@2.0.0"]);
    assert.deepEqual(
      lock.own.map(({ path, dependsOn }) => [path, dependsOn]),
      [
        ["", ["a@1.10", "real@3.0.0", "tool@4.0.0"]],
        ["packages/sibling", ["fast@5.0.0"]],
      ],
    );
    assert.equal(lock.own[0]?.dependencies?.["alias"], "npm:real@^3");
  });

  test("version 6: keys with a slash, an alias inside", () => {
    const lock = lockOf(parsePnpmLock("pnpm-lock.yaml", Buffer.from(pnpm6)));
    assert.deepEqual(shown(lock), ["@s/tool@4.0.0 d", "a@1.0.0", "ms@2.1.3", "peer@2.0.0"]);
    assert.equal(lock.packages[0]?.installScript, true);
  });

  test("version 5: a slash before the version, peers behind an underscore", () => {
    const lock = lockOf(parsePnpmLock("pnpm-lock.yaml", Buffer.from(pnpm5)));
    assert.deepEqual(shown(lock), ["@s/tool@4.0.0 d", "a@1.0.0", "peer@2.0.0"]);
    assert.deepEqual(lock.own[0]?.dependencies, { a: "^1", "@s/tool": "^4" });
  });

  test("other versions and broken files are problems", () => {
    for (const text of ["lockfileVersion: '99'", "a: [", "", "- a", "lockfileVersion: x"]) {
      assert.equal(parsePnpmLock("pnpm-lock.yaml", Buffer.from(text)).kind, "problem", text);
    }
  });
});

const manifests = [
  {
    path: "",
    json: { dependencies: { a: "^1.0.0", alias: "npm:real@^3" }, devDependencies: { tool: "^4" } },
  },
];

const yarn1 = `# yarn lockfile v1


a@^1.0.0, a@^1.1.0:
  version "1.1.0"
  resolved "https://example.invalid/a.tgz#00"
  integrity sha512-AA==
  dependencies:
    "@s/below" "^6"
  optionalDependencies:
    fsevents "^2"

"@s/below@^6":
  version "6.0.0"

"alias@npm:real@^3":
  version "3.0.0"

fsevents@^2:
  version "2.0.0"

tool@^4:
  version "4.0.0"
`;

const berry = `__metadata:
  version: 8

"a@npm:^1.0.0":
  version: 1.1.0
  resolution: "a@npm:1.1.0"
  dependencies:
    "@s/below": "npm:^6"
    fsevents: "npm:^2"
  dependenciesMeta:
    fsevents:
      optional: true
  checksum: 10c0/00
  languageName: node
  linkType: hard

"@s/below@npm:^6":
  version: 6.0.0
  resolution: "@s/below@npm:6.0.0"

"alias@npm:real@^3":
  version: 3.0.0
  resolution: "real@npm:3.0.0"

"fsevents@npm:^2":
  version: 2.0.0
  resolution: "fsevents@npm:2.0.0"
  dependencies:
    gyp: "npm:latest"
  conditions: os=darwin

"gyp@npm:latest":
  version: 9.0.0
  resolution: "gyp@npm:9.0.0"

"root@workspace:.":
  version: 0.0.0-use.local
  resolution: "root@workspace:."
  dependencies:
    a: "npm:^1.0.0"
  linkType: soft

"tool@npm:^4":
  version: 4.0.0
  resolution: "tool@npm:4.0.0"
`;

describe("yarn", () => {
  test("version 1: what is for development is read from the manifests", () => {
    const lock = lockOf(parseYarnLock("yarn.lock", Buffer.from(yarn1), manifests));
    assert.deepEqual(shown(lock), [
      "@s/below@6.0.0",
      "a@1.1.0",
      "fsevents@2.0.0 o",
      "real@3.0.0",
      "tool@4.0.0 d",
    ]);
    assert.equal(lock.knowsPlatforms, false);
    assert.equal(lock.packages.find(({ name }) => name === "a")?.integrity, "sha512-AA==");
  });

  test("Berry: resolutions name packages; what only an optional one needs is optional", () => {
    const lock = lockOf(parseYarnLock("yarn.lock", Buffer.from(berry), manifests));
    assert.deepEqual(shown(lock), [
      "@s/below@6.0.0",
      "a@1.1.0",
      "fsevents@2.0.0 o",
      "gyp@9.0.0 o",
      "real@3.0.0",
      "tool@4.0.0 d",
    ]);
    assert.deepEqual(lock.packages.find(({ name }) => name === "fsevents")?.os, ["darwin"]);
  });

  test("a broken file is a problem", () => {
    const reading = parseYarnLock("yarn.lock", Buffer.from("# yarn lockfile v1\n\na b c:\n\t- x"), []);
    assert.equal(reading.kind, "problem");
  });

  test("the manifests of workspaces count", async (context) => {
    const root = await plantTree(context, {
      "package.json": JSON.stringify({
        workspaces: { packages: ["packages/*"] },
        dependencies: { a: "^1.0.0" },
      }),
      "packages/one/package.json": JSON.stringify({ dependencies: { tool: "^4" } }),
      "packages/two/package.json": "{",
      "elsewhere/package.json": JSON.stringify({ dependencies: { nothing: "1" } }),
      "yarn.lock": yarn1,
    });
    const lock = lockOf(await readLock(root));
    assert.deepEqual(
      lock.own.map(({ path, dependsOn }) => [path, dependsOn]),
      [
        ["", ["a@1.1.0"]],
        ["packages/one", ["tool@4.0.0"]],
      ],
    );
    assert.deepEqual(
      lock.packages.filter(({ development }) => development).map(({ name }) => name),
      ["real"],
    );
  });
});

test("a YAML lock file of more than 16 MiB is not read", async (context) => {
  const root = await plantTree(context, { "pnpm-lock.yaml": "#".repeat(16 * 1024 * 1024 + 1) });
  const reading = await readLock(root);
  assert.deepEqual([reading.kind, reading.kind === "problem" && reading.code], ["problem", "unreadable"]);
});

test("aliases in a lock file are references: a bomb of them is no work", () => {
  const levels = Array.from({ length: 40 }, (_, at) => `b${at + 1}: &b${at + 1} [*b${at}, *b${at}]`);
  const bomb = `lockfileVersion: '9.0'\nb0: &b0 {a: 1.0.0}\n${levels.join("\n")}\npackages: {}\n`;
  assert.deepEqual(lockOf(parsePnpmLock("pnpm-lock.yaml", Buffer.from(bomb))).packages, []);
});
