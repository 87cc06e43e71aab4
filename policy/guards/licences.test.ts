import assert from "node:assert/strict";
import { readFile, symlink } from "node:fs/promises";
import path from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { loadExceptions, noExceptions, pinOfBytes } from "../exceptions.ts";
import type { ExceptionSet } from "../exceptions.ts";
import { exceptionsOf, guardSuite, plantTree } from "./guard.suite.ts";
import type { Tree } from "./guard.suite.ts";
import { licenceGuard, licences } from "./licences.ts";
import type { LicenceResult } from "./licences.ts";
import { collectDeclared } from "./licences/declared.ts";
import type { Collected } from "./licences/declared.ts";
import { parseNpmLock } from "./licences/npm-lock.ts";
import { readLock } from "./licences/read-lock.ts";

const now = new Date("2026-06-15T12:00:00Z");
const fixture = path.join(import.meta.dirname, "../fixtures/agpl-project/tree.json");
const repository = path.join(import.meta.dirname, "../..");

const mitText = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files. The above copyright notice and this permission notice shall be included.`;
const agplText = "GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007\n";

interface Planted {
  readonly manifest?: object | string;
  /** Files below the package. */
  readonly files?: Tree;
  /** Its entry in the lock file; undefined leaves it out. */
  readonly locked?: object | undefined;
  readonly absent?: boolean;
}

/** An npm project with these packages, locked and installed. */
function project(packages: Readonly<Record<string, Planted>>, rest: Tree = {}): Tree {
  const root = { name: "shop", version: "1.0.0", license: "Apache-2.0", dependencies: { a: "1.0.0" } };
  const entries = Object.entries(packages).map(([at, planted]) => {
    const name = at.slice(at.lastIndexOf("node_modules/") + "node_modules/".length);
    const manifest = planted.manifest ?? { license: "MIT" };
    const text =
      typeof manifest === "string" ? manifest : JSON.stringify({ name, version: "1.0.0", ...manifest });
    const lock = "locked" in planted ? planted.locked : { version: "1.0.0" };
    return { at, text, lock, planted };
  });
  const files = entries
    .filter(({ planted }) => planted.absent !== true)
    .flatMap(({ at, text, planted }) => [
      [`${at}/package.json`, text] as const,
      ...Object.entries(planted.files ?? {}).map(([file, content]) => [`${at}/${file}`, content] as const),
    ]);
  const locked = entries.filter(({ lock }) => lock !== undefined).map(({ at, lock }) => [at, lock]);
  return {
    "package.json": JSON.stringify(root),
    "package-lock.json": JSON.stringify({
      lockfileVersion: 3,
      packages: { "": root, ...Object.fromEntries(locked) },
    }),
    ...Object.fromEntries(files),
    ...rest,
  };
}

// Starting license-checker costs more than all the rest; where its answer matters, `licences.run` is called.
const withoutCollector = licenceGuard({
  collect: (): Promise<Collected> => Promise.resolve({ kind: "collected", fields: new Map() }),
});

async function check(
  context: TestContext,
  tree: Tree,
  exceptions: ExceptionSet = noExceptions(now),
): Promise<LicenceResult> {
  return withoutCollector.run({ root: await plantTree(context, tree), exceptions });
}

/** `rule file` of what decides. */
function found(result: LicenceResult): readonly string[] {
  return result.findings
    .filter(({ level }) => level !== "note")
    .map(({ ruleId, file }) => `${ruleId.replace("licences/", "")} ${file.replace("node_modules/", "")}`);
}

guardSuite({
  guard: withoutCollector,
  clean: project({ "node_modules/a": { files: { LICENSE: mitText } } }),
  planted: project({
    "node_modules/a": { manifest: { license: "AGPL-3.0-only" }, files: { "index.js": "" } },
  }),
  rule: "licences/denied",
});

test("the planted AGPL project fails, on exactly what is planted", async (context) => {
  const root = await plantTree(context, JSON.parse(await readFile(fixture, "utf8")) as Tree);
  const result = await licences.run({ root, exceptions: noExceptions(now) });
  assert.equal(result.verdict, "fail");
  assert.equal(result.scanned, 11);
  assert.deepEqual(found(result), [
    "text-denied agpl-behind-mit/LICENSE",
    "field-text-mismatch agpl-behind-mit/package.json",
    "denied bundles-nested/node_modules/inner/package.json",
    "undecided java-runtime/package.json",
    "denied needs-both/package.json",
    "text-denied planted-agpl/LICENSE",
    "denied planted-agpl/package.json",
    "text-denied vendors-copying/vendor/tool/COPYING",
  ]);
  const byName = new Map(result.packages.map((one) => [one.name, one]));
  assert.deepEqual(
    ["good-mit", "chooses-mit", "needs-both", "llvm-runtime", "java-runtime", "planted-agpl"].map((name) => {
      const one = byName.get(name)!;
      return [name, one.scope, one.chosen, one.verdict];
    }),
    [
      ["good-mit", "production", "MIT", "allow"],
      ["chooses-mit", "production", "MIT", "allow"],
      ["needs-both", "production", "MIT AND AGPL-3.0-only", "deny"],
      ["llvm-runtime", "production", "Apache-2.0 WITH LLVM-exception", "allow"],
      ["java-runtime", "production", "GPL-2.0-only WITH Classpath-exception-2.0", "review"],
      ["planted-agpl", "development", "AGPL-3.0-only", "deny"],
    ],
  );
  const planted = result.findings.find(
    ({ package: name, ruleId }) => name === "planted-agpl@1.0.0" && ruleId === "licences/denied",
  );
  assert.match(planted!.message, /development dependency/);
});

const cases: readonly (readonly [
  name: string,
  packages: Readonly<Record<string, Planted>>,
  expected: readonly string[],
  verdict: string,
])[] = [
  [
    "an old array is a choice",
    { "node_modules/a": { manifest: { licenses: [{ type: "GPL-2.0" }, { type: "MIT License" }] } } },
    [],
    "pass",
  ],
  [
    "an old object names its type",
    { "node_modules/a": { manifest: { license: { type: "AGPL-3.0", url: "x" } } } },
    ["denied a/package.json"],
    "fail",
  ],
  [
    "an unreadable arm of an array is no way out",
    { "node_modules/a": { manifest: { licenses: ["GPL-2.0", "as you like"] } } },
    ["undecided a/package.json"],
    "not-checked",
  ],
  [
    "an array of one",
    { "node_modules/a": { manifest: { licenses: [{ type: "GPL-2.0" }] } } },
    ["denied a/package.json"],
    "fail",
  ],
  ["an array of an empty entry", { "node_modules/a": { manifest: { licenses: [{}, "MIT"] } } }, [], "pass"],
  ["no field, no text", { "node_modules/a": { manifest: {} } }, ["undeclared a/package.json"], "not-checked"],
  [
    "no field, an allowed text",
    { "node_modules/a": { manifest: {}, files: { LICENSE: mitText } } },
    [],
    "pass",
  ],
  [
    "no field in the manifest, one in the lock file",
    { "node_modules/a": { manifest: {}, locked: { version: "1.0.0", license: "AGPL-3.0" } } },
    ["denied a/package.json"],
    "fail",
  ],
  [
    "an empty field",
    { "node_modules/a": { manifest: { license: " " } } },
    ["undeclared a/package.json"],
    "not-checked",
  ],
  [
    "UNLICENSED is proprietary",
    { "node_modules/a": { manifest: { license: "UNLICENSED" } } },
    ["denied a/package.json"],
    "fail",
  ],
  [
    "FSL-1.1-MIT is not MIT",
    { "node_modules/a": { manifest: { license: "FSL-1.1-MIT" } } },
    ["denied a/package.json"],
    "fail",
  ],
  [
    "BSD alone is decided by its text",
    {
      "node_modules/a": {
        manifest: { license: "BSD" },
        files: {
          LICENSE:
            "Redistribution and use in source and binary forms, with or without modification, are permitted",
        },
      },
    },
    [],
    "pass",
  ],
  [
    "BSD alone without a text",
    { "node_modules/a": { manifest: { license: "BSD" } } },
    ["undecided a/package.json"],
    "not-checked",
  ],
  [
    "field and text disagree",
    { "node_modules/a": { manifest: { license: "ISC" }, files: { LICENSE: mitText } } },
    ["field-text-mismatch a/package.json"],
    "not-checked",
  ],
  [
    "SEE LICENSE IN a good text",
    {
      "node_modules/a": {
        manifest: { license: "SEE LICENSE IN terms.txt" },
        files: { "terms.txt": mitText },
      },
    },
    [],
    "pass",
  ],
  [
    "SEE LICENSE IN a denied text",
    {
      "node_modules/a": {
        manifest: { license: "SEE LICENSE IN terms.txt" },
        files: { "terms.txt": agplText },
      },
    },
    ["denied a/package.json", "text-denied a/terms.txt"],
    "fail",
  ],
  [
    "SEE LICENSE IN nothing",
    { "node_modules/a": { manifest: { license: "SEE LICENSE IN terms.txt" } } },
    ["undecided a/package.json"],
    "not-checked",
  ],
  [
    "SEE LICENSE IN an unknown text",
    {
      "node_modules/a": {
        manifest: { license: "SEE LICENSE IN terms.txt" },
        files: { "terms.txt": "be nice" },
      },
    },
    ["undecided a/package.json"],
    "not-checked",
  ],
  [
    "SEE LICENSE IN outside the package",
    { "node_modules/a": { manifest: { license: "SEE LICENSE IN ../../package.json" } } },
    ["undecided a/package.json"],
    "not-checked",
  ],
  [
    "a denied text in REUSE's directory",
    { "node_modules/a": { files: { "LICENSES/AGPL-3.0-only.txt": agplText } } },
    ["text-denied a/LICENSES/AGPL-3.0-only.txt"],
    "fail",
  ],
  [
    "a denied text of an arm not taken, deeper in the package, is not explained by the field",
    {
      "node_modules/a": {
        manifest: { license: "MIT OR AGPL-3.0-only" },
        files: { "vendor/COPYING": agplText },
      },
    },
    ["text-denied a/vendor/COPYING"],
    "fail",
  ],
  [
    "a denied licence in a list of bundled parts",
    { "node_modules/a": { files: { "ThirdPartyNotices.txt": agplText } } },
    ["text-denied a/ThirdPartyNotices.txt"],
    "fail",
  ],
  [
    "a weak copyleft text",
    { "node_modules/a": { files: { COPYING: "Mozilla Public License Version 2.0" } } },
    ["text-undecided a/COPYING", "field-text-mismatch a/package.json"],
    "not-checked",
  ],
  [
    "code that is called licence is no text",
    { "node_modules/a": { files: { "license.js": `x("${agplText.replaceAll("\n", " ")}")` } } },
    [],
    "pass",
  ],
  [
    "an AGPL header in a source",
    { "node_modules/a": { files: { "lib/x.js": "// SPDX-License-Identifier: AGPL-3.0-only\n" } } },
    ["notice-denied a/lib/x.js"],
    "fail",
  ],
  [
    "an exact GPL header",
    { "node_modules/a": { files: { "x.c": "/* SPDX-License-Identifier: GPL-2.0 */" } } },
    ["notice-denied a/x.c"],
    "fail",
  ],
  [
    "a GPL notice may go on with an exception",
    {
      "node_modules/a": {
        files: { "x.c": "// distributed under the terms of the GNU General Public License" },
      },
    },
    ["notice-undecided a/x.c"],
    "not-checked",
  ],
  [
    "a header of an arm not taken",
    {
      "node_modules/a": {
        manifest: { license: "MIT OR GPL-2.0-only" },
        files: { "x.c": "// SPDX-License-Identifier: GPL-2.0-only" },
      },
    },
    [],
    "pass",
  ],
  [
    "a vendored manifest",
    { "node_modules/a": { files: { "dist/compiled/b/package.json": '{"name":"b","license":"AGPL-3.0"}' } } },
    ["denied a/dist/compiled/b/package.json"],
    "fail",
  ],
  [
    "a vendored manifest of unknown licence",
    { "node_modules/a": { files: { "vendor/b/package.json": '{"name":"b","license":"Own-1.0"}' } } },
    ["undecided a/vendor/b/package.json"],
    "not-checked",
  ],
  [
    "markers, private parts and broken test data are no vendored code",
    {
      "node_modules/a": {
        files: {
          "esm/package.json": '{"type":"module"}',
          "x/package.json": '{"name":"x","private":true,"license":"UNLICENSED"}',
          "test/package.json": "{",
          "y/package.json": '{"name":"y"}',
        },
      },
    },
    [],
    "pass",
  ],
  [
    "a node_modules deep inside a package belongs to the package",
    {
      "node_modules/a": {
        files: {
          "test/node_modules/b/package.json": '{"name":"b","version":"1.0.0","license":"AGPL-3.0"}',
          "test/node_modules/c/index.js": "",
        },
      },
    },
    ["denied a/test/node_modules/b/package.json"],
    "fail",
  ],
  [
    "native code",
    { "node_modules/a": { files: { "x.node": "\u007fELF" } } },
    ["native-code a/x.node"],
    "not-checked",
  ],
  [
    "an executable without an extension",
    {
      "node_modules/a": {
        files: { "bin/tool": "\u007fELF....", "bin/script": "#!/bin/sh\n", "bin/no": "x" },
      },
    },
    ["native-code a/bin/tool"],
    "not-checked",
  ],
  [
    "wasm, and a Windows executable by its first bytes",
    { "node_modules/a": { files: { "x.wasm": "\0asm", tool: "MZ.." } } },
    ["native-code a/tool", "native-code a/x.wasm"],
    "not-checked",
  ],
  [
    "an archive, also one called licence",
    { "node_modules/a": { files: { "x.zip": "PK", "licenses.tar.gz": "x" } } },
    ["archive a/licenses.tar.gz", "archive a/x.zip"],
    "not-checked",
  ],
  [
    "an install script",
    { "node_modules/a": { manifest: { license: "MIT", scripts: { postinstall: "node get.js" } } } },
    ["install-script a/package.json"],
    "not-checked",
  ],
  [
    "an implicit install script, known from the lock file",
    { "node_modules/a": { locked: { version: "1.0.0", hasInstallScript: true } } },
    ["install-script a/package.json"],
    "not-checked",
  ],
  [
    "installed and not locked",
    { "node_modules/a": {}, "node_modules/b": { locked: undefined } },
    ["not-in-lock b/package.json"],
    "not-checked",
  ],
  [
    "an unlocked AGPL package fails",
    { "node_modules/a": {}, "node_modules/b": { locked: undefined, manifest: { license: "AGPL-3.0" } } },
    ["denied b/package.json", "not-in-lock b/package.json"],
    "fail",
  ],
  [
    "scopes and pnpm's store are walked",
    {
      "node_modules/@s/a": { manifest: { license: "AGPL-3.0" } },
      "node_modules/.pnpm/b@1.0.0/node_modules/b": { manifest: { license: "SSPL-1.0" }, locked: undefined },
    },
    [
      "denied .pnpm/b@1.0.0/node_modules/b/package.json",
      "not-in-lock .pnpm/b@1.0.0/node_modules/b/package.json",
      "denied @s/a/package.json",
    ],
    "fail",
  ],
];
describe("what a package can be", () => {
  for (const [name, packages, expected, verdict] of cases) {
    test(name, async (context) => {
      const result = await check(context, project(packages));
      assert.deepEqual(found(result), expected);
      assert.equal(result.verdict, verdict, result.reason);
    });
  }
});

const skipped = (result: LicenceResult): readonly string[] =>
  result.notScanned.map(({ code, path: at }) => `${code} ${at}`);

describe("what cannot be looked at never passes", () => {
  test("no node_modules: one line, and the fields of the lock file are still judged", async (context) => {
    const absent = { absent: true, locked: { version: "1.0.0", license: "MIT" } };
    const result = await check(
      context,
      project({ "node_modules/a": absent, "node_modules/b": { ...absent, locked: { version: "1.0.0" } } }),
    );
    assert.deepEqual(skipped(result), ["not-installed node_modules/"]);
    assert.equal(result.verdict, "not-checked");
    assert.deepEqual(found(result), ["undeclared b/package.json"]);
    const denied = await check(
      context,
      project({ "node_modules/a": { absent: true, locked: { version: "1.0.0", license: "AGPL-3.0" } } }),
    );
    assert.equal(denied.verdict, "fail");
  });

  test("one package missing", async (context) => {
    const result = await check(
      context,
      project({
        "node_modules/a": {},
        "node_modules/b": { absent: true, locked: { version: "1.0.0", license: "MIT" } },
      }),
    );
    assert.deepEqual(skipped(result), ["not-installed node_modules/b"]);
    assert.equal(result.verdict, "not-checked");
  });

  test("a package for another platform is noted and judged by its field", async (context) => {
    const elsewhere = (license: string): Planted => ({
      absent: true,
      locked: { version: "1.0.0", license, optional: true, os: ["plan9"] },
    });
    const result = await check(
      context,
      project({ "node_modules/a": {}, "node_modules/b": elsewhere("MIT") }),
    );
    assert.equal(result.verdict, "pass");
    assert.deepEqual(
      result.findings.filter(({ package: name }) => name === "b@1.0.0").map(({ ruleId }) => ruleId),
      ["licences/not-installed"],
    );
    const denied = await check(
      context,
      project({ "node_modules/a": {}, "node_modules/b": elsewhere("AGPL-3.0") }),
    );
    assert.equal(denied.verdict, "fail");
  });

  test("an optional package for this very platform is missed", async (context) => {
    const here = { version: "1.0.0", license: "MIT", optional: true };
    for (const entry of [
      { ...here, os: [process.platform] },
      { ...here, cpu: [process.arch, "other"] },
      { ...here, os: ["!plan9"] },
    ]) {
      const result = await check(
        context,
        project({ "node_modules/a": {}, "node_modules/b": { absent: true, locked: entry } }),
      );
      assert.deepEqual(skipped(result), ["not-installed node_modules/b"], JSON.stringify(entry));
    }
    const notHere = { ...here, os: [`!${process.platform}`] };
    const result = await check(
      context,
      project({ "node_modules/a": {}, "node_modules/b": { absent: true, locked: notHere } }),
    );
    assert.equal(result.verdict, "pass");
  });

  test("an optional package without a platform is missed only if something installed needs it", async (context) => {
    const optional: Planted = { absent: true, locked: { version: "1.0.0", license: "MIT", optional: true } };
    const unneeded = await check(context, project({ "node_modules/a": {}, "node_modules/b": optional }));
    assert.equal(unneeded.verdict, "pass");
    const needed = await check(
      context,
      project({
        "node_modules/a": { locked: { version: "1.0.0", optionalDependencies: { b: "1" } } },
        "node_modules/b": optional,
      }),
    );
    assert.deepEqual(skipped(needed), ["not-installed node_modules/b"]);
  });

  test("another version than the locked one", async (context) => {
    const result = await check(context, project({ "node_modules/a": { locked: { version: "2.0.0" } } }));
    assert.deepEqual(skipped(result), ["lock-disagrees node_modules/a"]);
    assert.match(result.notScanned[0]!.reason, /a@1\.0\.0 is installed, the lock file says a@2\.0\.0/);
  });

  test("another package under the locked name, and an alias that is right", async (context) => {
    const wrong = await check(
      context,
      project({ "node_modules/a": { manifest: { name: "evil", license: "MIT" } } }),
    );
    assert.deepEqual(skipped(wrong), ["lock-disagrees node_modules/a"]);
    const alias = await check(
      context,
      project({
        "node_modules/a": {
          manifest: { name: "real", license: "MIT" },
          locked: { version: "1.0.0", name: "real" },
        },
      }),
    );
    assert.equal(alias.verdict, "pass");
  });

  test("a lock file made for other dependencies", async (context) => {
    const tree = project({ "node_modules/a": {} });
    const stale = {
      ...tree,
      "package.json": JSON.stringify({ name: "shop", license: "MIT", dependencies: { a: "^2" } }),
    };
    assert.deepEqual(skipped(await check(context, stale)), ["lock-stale package.json"]);
  });

  test("a workspace's manifest is compared with the lock file, and is no vendored package", async (context) => {
    const root = { name: "shop", version: "1.0.0", license: "MIT", workspaces: ["part"] };
    const part = {
      name: "part",
      version: "1.0.0",
      private: true,
      license: "UNLICENSED",
      dependencies: { a: "1" },
    };
    const tree = (locked: object): Tree => ({
      "package.json": JSON.stringify(root),
      "part/package.json": JSON.stringify(part),
      "part/node_modules/a/package.json": '{"name":"a","version":"1.0.0","license":"MIT"}',
      "package-lock.json": JSON.stringify({
        lockfileVersion: 3,
        packages: {
          "": root,
          part: locked,
          "node_modules/part": { link: true },
          "part/node_modules/a": { version: "1.0.0" },
        },
      }),
    });
    assert.equal((await check(context, tree(part))).verdict, "pass");
    assert.deepEqual(skipped(await check(context, tree({ name: "part" }))), ["lock-stale part/package.json"]);
  });

  test("a broken package.json, installed or own, does not end the audit", async (context) => {
    const result = await check(
      context,
      project({ "node_modules/a": {}, "node_modules/b": { manifest: "{" } }),
    );
    assert.deepEqual(
      skipped(result),
      ["parse-error node_modules/b/package.json", "not-installed node_modules/b"].sort((x, y) =>
        x.split(" ")[1]! < y.split(" ")[1]! ? -1 : 1,
      ),
    );
    assert.equal(result.verdict, "not-checked");
    const own = await check(context, { ...project({ "node_modules/a": {} }), "package.json": "[]" });
    assert.ok(skipped(own).includes("parse-error package.json"));
    assert.equal(own.verdict, "not-checked");
  });

  test("a locked package whose directory is empty", async (context) => {
    const tree = project(
      { "node_modules/a": {}, "node_modules/b": { absent: true } },
      { "node_modules/b/x.js": "" },
    );
    assert.deepEqual(skipped(await check(context, tree)), ["not-installed node_modules/b"]);
  });

  test("a directory that nobody calls a package has only its files judged", async (context) => {
    const tree = project({ "node_modules/a": {} }, { "node_modules/b/x.js": "" });
    assert.equal((await check(context, tree)).verdict, "pass");
    const planted = project({ "node_modules/a": {} }, { "node_modules/b/COPYING": agplText });
    assert.equal((await check(context, planted)).verdict, "fail");
  });

  test("no lock file, an old one, another tool's, a broken one", async (context) => {
    const { "package-lock.json": _lock, ...tree } = project({ "node_modules/a": {} });
    assert.deepEqual(skipped(await check(context, tree)), ["lock-missing package-lock.json"]);
    assert.deepEqual(
      skipped(await check(context, { ...tree, "package-lock.json": '{"lockfileVersion":1}' })),
      ["lock-not-covered package-lock.json"],
    );
    assert.deepEqual(skipped(await check(context, { ...tree, "bun.lock": "" })), [
      "lock-not-covered bun.lock",
    ]);
    assert.deepEqual(skipped(await check(context, { ...tree, "package-lock.json": "{" })), [
      "parse-error package-lock.json",
    ]);
    assert.deepEqual(skipped(await check(context, { ...tree, "package-lock.json/x": "" })), [
      "unreadable package-lock.json",
    ]);
    assert.equal((await check(context, tree)).verdict, "not-checked");
  });

  test("a huge licence text", async (context) => {
    const tree = project({ "node_modules/a": { files: { LICENSE: "x".repeat(2 * 1024 * 1024 + 1) } } });
    assert.deepEqual(skipped(await check(context, tree)), ["too-large node_modules/a/LICENSE"]);
  });

  test("links: inside is visited where it is, outside is reported, loops and dangling ones harm nobody", async (context) => {
    const root = await plantTree(context, project({ "node_modules/a": {} }, { "lib/x.js": "" }));
    const outside = await plantTree(context, { "package.json": '{"name":"x","license":"AGPL-3.0"}' });
    await symlink("../lib", path.join(root, "node_modules/lib"));
    await symlink("..", path.join(root, "lib/loop"));
    await symlink("nowhere", path.join(root, "lib/dangling"));
    await symlink("self", path.join(root, "lib/self"));
    const inside = await licences.run({ root, exceptions: noExceptions(now) });
    assert.equal(inside.verdict, "pass", inside.reason);
    await symlink(outside, path.join(root, "node_modules/out"));
    const result = await licences.run({ root, exceptions: noExceptions(now) });
    assert.deepEqual(skipped(result), ["outside-root node_modules/out"]);
  });

  test("a directory nested without end", async (context) => {
    const tree = project({ "node_modules/a": {} }, { [`${"d/".repeat(210)}COPYING`]: agplText });
    const result = await check(context, tree);
    assert.deepEqual(
      result.notScanned.map(({ code }) => code),
      ["too-deep"],
    );
  });
});

describe("the project's own licence", () => {
  const own = async (
    context: TestContext,
    manifest: object,
    rest: Tree = {},
    exceptions: ExceptionSet = noExceptions(now),
  ): Promise<LicenceResult> => {
    const lock = { lockfileVersion: 3, packages: { "": {}, "node_modules/a": { version: "1.0.0" } } };
    const a = '{"name":"a","version":"1.0.0","license":"MIT"}';
    const tree = {
      "package.json": JSON.stringify(manifest),
      "package-lock.json": JSON.stringify(lock),
      "node_modules/a/package.json": a,
      ...rest,
    };
    return check(context, tree, exceptions);
  };
  test("none declared is undecided, unless the project is private", async (context) => {
    assert.deepEqual(found(await own(context, { name: "x" })), ["own-undeclared package.json"]);
    assert.equal((await own(context, { name: "x", private: true })).verdict, "pass");
  });
  test("a denied one fails; proprietary and private is the owner's business", async (context) => {
    assert.deepEqual(found(await own(context, { license: "AGPL-3.0" })), ["own-licence package.json"]);
    assert.deepEqual(found(await own(context, { license: "UNLICENSED" })), ["own-licence package.json"]);
    assert.equal((await own(context, { license: "UNLICENSED", private: true })).verdict, "pass");
    assert.equal((await own(context, { license: "MPL-2.0" })).verdict, "not-checked");
  });
  test("what is published carries the text of its licence, and that of no other", async (context) => {
    const published = { name: "x", version: "1.0.0", license: "Apache-2.0", main: "index.js" };
    assert.deepEqual(found(await own(context, published)), ["own-text-missing package.json"]);
    assert.deepEqual(found(await own(context, published, { LICENSE: mitText })), [
      "own-text-mismatch package.json",
    ]);
    assert.deepEqual(found(await own(context, { ...published, license: "MIT" }, { LICENSE: mitText })), []);
    assert.deepEqual(found(await own(context, { ...published, private: true })), []);
  });
  test("a workspace that is published answers for itself", async (context) => {
    const part = { name: "part", version: "1.0.0", license: "AGPL-3.0", main: "x.js" };
    const lock = {
      lockfileVersion: 3,
      packages: { "": {}, part: {}, "node_modules/a": { version: "1.0.0" } },
    };
    const result = await own(
      context,
      { license: "MIT", private: true },
      {
        "part/package.json": JSON.stringify(part),
        "package-lock.json": JSON.stringify(lock),
      },
    );
    assert.deepEqual(found(result), ["own-licence part/package.json"]);
  });
  test("a denied file may lie in the repository with a pardon, and not in what npm would publish", async (context) => {
    const manifest = { name: "x", version: "1.0.0", license: "MIT", files: ["lib", "!lib/test"] };
    const pardon = exceptionsOf({
      rules: ["licences/text-denied"],
      package: "x@1.0.0",
      files: [{ path: "**", sha256: pinOfBytes(Buffer.from(agplText)) }],
    });
    const at = (file: string): Promise<LicenceResult> =>
      own(context, manifest, { LICENSE: mitText, [file]: agplText }, pardon);
    assert.deepEqual(found(await at("fixtures/COPYING")), []);
    assert.deepEqual(found(await at("lib/test/COPYING")), []);
    assert.deepEqual(found(await at("lib/COPYING")), ["own-publishes-denied lib/COPYING"]);
  });
  test("NOTICE names what is recorded as compiled in", async (context) => {
    const manifest = { name: "x", version: "1.0.0", license: "MIT", main: "x.js" };
    const record = exceptionsOf({
      rules: ["licences/native-code"],
      package: "a@1.*",
      files: [{ path: "a.node", sha256: pinOfBytes(Buffer.from("\u007fELF")) }],
      components: ["zlib 1.3 (Zlib)"],
    });
    const tree = { LICENSE: mitText, "node_modules/a/a.node": "\u007fELF" };
    const run = (more: Tree): Promise<LicenceResult> => own(context, manifest, { ...tree, ...more }, record);
    assert.deepEqual(found(await run({})), ["own-notice-missing NOTICE"]);
    assert.deepEqual(found(await run({ NOTICE: "We ship brotli." })), ["own-notice-incomplete NOTICE"]);
    assert.deepEqual(found(await run({ NOTICE: "We ship zlib\n1.3, too." })), []);
  });
  test("a denied text anywhere in the repository fails", async (context) => {
    const result = await own(context, { license: "MIT" }, { "third_party/tool/COPYING": agplText });
    assert.deepEqual(found(result), ["text-denied third_party/tool/COPYING"]);
  });
});

test("a recorded choice explains a text, as long as the text is the same", async (context) => {
  const tree = project({
    "node_modules/a": { files: { LICENSE: mitText, "deps/COPYING.AGPLv3": agplText } },
  });
  const choice = {
    rules: ["licences/text-denied"],
    package: "a@1.*",
    files: [{ path: "deps/COPYING.AGPLv3", sha256: pinOfBytes(Buffer.from(agplText)) }],
    chosen: "Apache-2.0",
    components: ["zlib (Zlib)"],
  };
  const result = await check(context, tree, exceptionsOf(choice));
  assert.equal(result.verdict, "pass");
  const judged = result.packages.find(({ name }) => name === "a")!;
  assert.deepEqual([judged.chosen, judged.verdict], ["Apache-2.0", "allow"]);
  assert.deepEqual(result.components, [{ package: "a@1.*", components: ["zlib (Zlib)"] }]);

  const changed = project({
    "node_modules/a": { files: { LICENSE: mitText, "deps/COPYING.AGPLv3": `${agplText} changed` } },
  });
  const again = await check(context, changed, exceptionsOf(choice));
  assert.equal(again.verdict, "fail");
  const errors = again.findings.filter(({ level }) => level === "error");
  assert.deepEqual(errors.map(({ ruleId }) => ruleId).sort(), [
    "licences/exception-unused",
    "licences/text-denied",
  ]);
});

test("a choice about a package of another platform is not left over", async (context) => {
  const tree = project({
    "node_modules/a": {},
    "node_modules/b": {
      absent: true,
      locked: { version: "1.0.0", license: "MIT", optional: true, os: ["plan9"] },
    },
  });
  const choice = {
    rules: ["licences/native-code"],
    package: "b@1.*",
    files: [{ path: "b.node", sha256: "0".repeat(64) }],
  };
  assert.equal((await check(context, tree, exceptionsOf(choice))).verdict, "pass");
});

test("native code of development tools is not pinned to its bytes, that of the product is", async (context) => {
  const files = { "x.node": "\u007fELF" };
  const result = await check(
    context,
    project({
      "node_modules/a": { files },
      "node_modules/b": { files, locked: { version: "1.0.0", dev: true } },
    }),
  );
  assert.deepEqual(
    result.findings
      .filter(({ level }) => level === "warning")
      .map(({ package: name, sha256 }) => [name, sha256 !== undefined]),
    [
      ["a@1.0.0", true],
      ["b@1.0.0", false],
    ],
  );
});

test("one notice in several files is one finding, pinned to all of them", async (context) => {
  const header = "// SPDX-License-Identifier: AGPL-3.0-only\n";
  const run = (more: Tree): Promise<LicenceResult> =>
    check(context, project({ "node_modules/a": { files: { "x.js": header, "y.js": header, ...more } } }));
  const [first] = (await run({})).findings;
  assert.match(first!.message, /x\.js and 1 more files/);
  const [second] = (await run({ "z.js": header })).findings;
  assert.notEqual(first!.sha256, second!.sha256);
});

test("lock files of version 2 and 3 are read to names, versions and kinds", () => {
  const packages = {
    "": { devDependencies: { a: "1" } },
    part: { dependencies: { b: "1" } },
    "node_modules/part": { link: true, resolved: "part" },
    "node_modules/a": { version: "1.0.0", dev: true, license: "MIT", os: "linux", cpu: ["x64", 3] },
    "node_modules/b/node_modules/@s/c": {
      version: "2.0.0",
      name: "real",
      devOptional: true,
      hasInstallScript: true,
      libc: ["musl"],
    },
    "node_modules/odd": 7,
  };
  for (const lockfileVersion of [2, 3]) {
    const reading = parseNpmLock(
      "package-lock.json",
      Buffer.from(JSON.stringify({ lockfileVersion, packages })),
    );
    assert.equal(reading.kind, "lock");
    const lock = reading.kind === "lock" ? reading.lock : undefined;
    assert.deepEqual(
      lock?.packages.map(({ name, version, development, optional }) => [
        name,
        version,
        development,
        optional,
      ]),
      [
        ["a", "1.0.0", true, false],
        ["real", "2.0.0", false, true],
        ["odd", "", false, false],
      ],
    );
    assert.deepEqual(lock?.packages[0]?.os, ["linux"]);
    assert.deepEqual(lock?.packages[0]?.cpu, ["x64"]);
    assert.deepEqual(lock?.own, [
      { path: "", dependencies: { a: "1" }, dependsOn: ["node_modules/a"] },
      { path: "part", dependencies: { b: "1" }, dependsOn: [] },
    ]);
  }
  assert.equal(parseNpmLock("x", Buffer.from('{"lockfileVersion":3}')).kind, "problem");
});

test("a shrinkwrap beats a lock file, as in npm", async (context) => {
  const lock = JSON.stringify({ lockfileVersion: 3, packages: {} });
  const root = await plantTree(context, { "npm-shrinkwrap.json": lock, "package-lock.json": "{" });
  const reading = await readLock(root);
  assert.equal(reading.kind === "lock" && reading.lock.file, "npm-shrinkwrap.json");
});

// Binaries are pinned for the platform that is released from; elsewhere npm installs other ones.
const released = process.platform === "linux" && process.arch === "x64";
const skip = released ? false : "binaries of this platform are not recorded";
test("this repository passes its own guard, and every recorded exception is in use", { skip }, async () => {
  const exceptions = await loadExceptions(repository, { now });
  const result = await licences.run({ root: repository, exceptions });
  assert.deepEqual(
    result.findings
      .filter(({ level }) => level !== "note")
      .map(({ ruleId, file, message }) => ({ ruleId, file, message })),
    [],
  );
  assert.deepEqual(result.notScanned, []);
  assert.equal(result.verdict, "pass");
  assert.ok(result.scanned > 100);
  const rocksdb = result.packages.find(({ name }) => name === "@nxtedition/rocksdb");
  assert.equal(rocksdb?.chosen, "Apache-2.0");
  assert.ok(result.components.some(({ components }) => components.some((one) => one.startsWith("zstd"))));
});

test("what an install script put inside a locked package is decided with that package", async (context) => {
  const tree = project(
    { "node_modules/a": { locked: { version: "1.0.0", dev: true } } },
    {
      "node_modules/a/node_modules/fetched/package.json":
        '{"name":"fetched","version":"3.0.0","license":"MIT"}',
      "node_modules/a/node_modules/fetched/COPYING": agplText,
    },
  );
  const before = await check(context, tree);
  assert.deepEqual(found(before), [
    "text-denied a/node_modules/fetched/COPYING",
    "field-text-mismatch a/node_modules/fetched/package.json",
    "not-in-lock a/node_modules/fetched/package.json",
  ]);
  const rules = ["licences/text-denied", "licences/field-text-mismatch", "licences/not-in-lock"];
  const after = await check(context, tree, exceptionsOf({ rules, package: "a@1.0.0" }));
  assert.equal(after.verdict, "pass");
});

describe("license-checker collects and does not judge", () => {
  const collected = async (
    context: TestContext,
    packages: Readonly<Record<string, Planted>>,
  ): Promise<LicenceResult> =>
    licences.run({ root: await plantTree(context, project(packages)), exceptions: noExceptions(now) });

  test("what it reads out of a README is no declaration", async (context) => {
    const files = { "README.md": "# a\nLicense: MIT" };
    assert.deepEqual(found(await collected(context, { "node_modules/a": { manifest: {}, files } })), [
      "undeclared a/package.json",
    ]);
  });

  test("one version that declares two things in two places is undecided", async (context) => {
    const result = await collected(context, {
      "node_modules/a": { manifest: { license: "MIT" } },
      "node_modules/c": {},
      "node_modules/c/node_modules/a": { manifest: { license: "ISC" } },
    });
    assert.deepEqual(found(result), ["field-disagrees c/node_modules/a/package.json"]);
  });

  test("raw fields, in its own process", async (context) => {
    const root = await plantTree(
      context,
      project({ "node_modules/a": { manifest: { license: "(MIT AND AGPL-3.0-only)" } } }),
    );
    const answer = await collectDeclared(root, undefined);
    assert.equal(answer.kind === "collected" && answer.fields.get("a@1.0.0"), "(MIT AND AGPL-3.0-only)");
    await assert.rejects(collectDeclared(root, AbortSignal.abort()), { code: "GUARD_ABORTED" });
  });

  test("when it fails the manifests are read all the same, and that is said", async (context) => {
    const root = await plantTree(
      context,
      project({ "node_modules/a": { manifest: { license: "AGPL-3.0" } } }),
    );
    const failing = (): Promise<Collected> =>
      Promise.resolve({ kind: "failed", reason: `cannot read ${root}/x` });
    const result = await licenceGuard({ collect: failing }).run({ root, exceptions: noExceptions(now) });
    assert.equal(result.verdict, "fail");
    const remark = result.findings.find(({ ruleId }) => ruleId === "licences/collector-failed");
    assert.match(remark!.message, /cannot read x/);
  });
});

test("hostile files end, are reported, and are no pass", async (context) => {
  const many = (text: string): string => text.repeat(Math.ceil(60_000 / text.length));
  const files: Readonly<Record<string, Tree>> = {
    "open-comments": { "a.js": many("var a='GPL';/".concat("*")) },
    notices: { "a.js": many("under the terms of the GNU General Public License ") },
    headers: { "a.c": many("// SPDX-License-Identifier: ((((((((") },
    sentences: { LICENSE: many("licensed under the mit or the ") },
    addresses: { LICENSE: `licensed under the mit ${many("https a html ")}` },
    restrictions: { LICENSE: many("evaluation and ") },
    tags: { "LICENSE.html": many("<") },
    styles: { "LICENSE.html": many("<style>") },
    remarks: { "LICENSE.html": many("<!--") },
    headings: { "README.md": many("## License\n") },
    bytes: {
      LICENSE: Buffer.from([0xff, 0xfe, 0xfd, 0, 1, 2, 0xc3, 0x28]),
      "a.js": Buffer.from([0xc3, 0x28]),
    },
  };
  const packages = Object.fromEntries(
    Object.entries(files).map(([name, files]) => [`node_modules/${name}`, { files }]),
  );
  const result = await check(
    context,
    project({
      ...packages,
      "node_modules/field": { manifest: { license: "(".repeat(100_000) } },
      "node_modules/nested": { manifest: { license: { type: { type: {} } } } },
      "node_modules/long": { manifest: { license: `${"MIT OR ".repeat(10_000)}AGPL-3.0` } },
      "node_modules/deep": {
        manifest: `{"name":"deep","version":"1.0.0","license":${"[".repeat(5000)}${"]".repeat(5000)}}`,
      },
    }),
  );
  const verdicts = new Map(result.packages.map(({ name, verdict }) => [name, verdict]));
  for (const name of ["headers", "restrictions", "field", "nested", "deep"])
    assert.equal(verdicts.get(name), "review", name);
  assert.equal(verdicts.get("long"), "deny");
  for (const { declared } of result.packages) assert.ok((declared ?? "").length < 400);
});
