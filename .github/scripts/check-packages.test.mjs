/** What check-packages.mjs must refuse; that it passes what is built is CI's to see, since building takes long. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

test("a package whose doors, types or dependencies are not what it says is refused, each flaw by name", () => {
  const folder = mkdtempSync(join(tmpdir(), "helios-bad-package-"));
  try {
    const manifest = {
      name: "bad",
      version: "1.0.0",
      type: "module",
      license: "Apache-2.0",
      engines: { node: ">=22" },
      exports: {
        ".": { types: "./index.d.ts", default: "./index.js" },
        "./gone": { types: "./gone.d.ts", default: "./gone.js" },
      },
      files: ["*.js", "*.d.ts"],
    };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, "index.js"), 'import "picomatch";\nexport const a = 1;\n');
    writeFileSync(
      join(folder, "index.d.ts"),
      'import type { X } from "undeclared";\nexport declare const a: X;\n',
    );
    const script = join(import.meta.dirname, "check-packages.mjs");
    const run = spawnSync(process.execPath, [script, "--built", folder], { encoding: "utf8" });
    assert.equal(run.status, 1, run.stdout);
    for (const flaw of [
      /bad: publint: .+gone\.js.+ does not exist/,
      /bad: attw:/,
      /bad: would be published without LICENSE/,
      /bad: bad does not import:[^]+Cannot find package 'picomatch'/,
      /bad: bad\/gone does not import/,
      /types under module node16[^]+Cannot find module 'undeclared'/,
      /types under module nodenext/,
      /types under module preserve, resolution bundler/,
    ])
      assert.match(run.stderr, flaw);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
