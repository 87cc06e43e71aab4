import assert from "node:assert/strict";
import { test } from "node:test";
import { plantTree } from "../guard.suite.ts";
import type { Tree } from "../guard.suite.ts";
import { publishedFiles } from "./published-files.ts";

const tree: Tree = {
  "package.json": "",
  "README.md": "",
  "LICENSE.txt": "",
  NOTICE: "",
  "main.js": "",
  "bin/tool.js": "",
  "lib/a.js": "",
  "lib/a.test.js": "",
  "lib/deep/b.js": "",
  "lib/deep/.npmignore": "secret*\n",
  "lib/deep/secret.js": "",
  "test/t.js": "",
  ".gitignore": "test\n*.log\n!keep.log\n/build/\n",
  "x.log": "",
  "keep.log": "",
  "build/out.js": "",
  "docs/build/x.js": "",
  "node_modules/a/index.js": "",
  "package-lock.json": "",
  ".npmrc": "",
};

const cases: readonly (readonly [name: string, manifest: object, more: Tree, expected: readonly string[]])[] =
  [
    [
      "files names what is in; package.json, README, LICENSE, main and bin always are",
      { files: ["lib"], main: "./main.js", bin: { tool: "bin/tool.js" } },
      {},
      [
        "LICENSE.txt",
        "README.md",
        "bin/tool.js",
        "lib/a.js",
        "lib/a.test.js",
        "lib/deep/b.js",
        "main.js",
        "package.json",
      ],
    ],
    [
      "files may take back",
      { files: ["lib/**/*.js", "!**/*.test.js", "!lib/deep"] },
      {},
      ["LICENSE.txt", "README.md", "lib/a.js", "package.json"],
    ],
    [
      "without files the ignore file of git counts, in the order of its lines",
      {},
      {},
      [
        "LICENSE.txt",
        "NOTICE",
        "README.md",
        "bin/tool.js",
        "docs/build/x.js",
        "keep.log",
        "lib/a.js",
        "lib/a.test.js",
        "lib/deep/b.js",
        "main.js",
        "package.json",
      ],
    ],
    [
      "an .npmignore beats it",
      {},
      { ".npmignore": "lib\nbin\ndocs\nbuild\n# comment\n\n" },
      ["LICENSE.txt", "NOTICE", "README.md", "keep.log", "main.js", "package.json", "test/t.js", "x.log"],
    ],
  ];
for (const [name, manifest, more, expected] of cases) {
  test(name, async (context) => {
    const root = await plantTree(context, { ...tree, ...more });
    assert.deepEqual(publishedFiles(root, manifest as Record<string, unknown>), [...expected].sort());
  });
}
