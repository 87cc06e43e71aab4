#!/usr/bin/env node
// The one file that is plain JavaScript: npm links it, and any Node must be able to read it in order to be told that
// it is too old. The sources are TypeScript that Node runs directly, which needs 22.18; when the Node that started
// this is older (npx uses the system's), the Node pinned in node_modules takes over.
import { existsSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  module.enableCompileCache?.();
  const args = process.argv.slice(2);
  const { answerQuickly } = await import("../quick-answer.ts");
  process.exitCode = (await answerQuickly(args)) ?? (await (await import("../index.ts")).runCli(args));
} else {
  process.exitCode = await runPinnedNode();
}

async function runPinnedNode() {
  const node = pinnedNode();
  if (node === undefined || process.env.HELIOS_PINNED_NODE === "1") {
    process.stderr.write(
      `error NODE_TOO_OLD: helios-cli needs Node 22.18 or newer, this is ${process.version} and no newer one is in node_modules\n` +
        "try: npm install (brings the pinned Node), or run it with a newer Node\n",
    );
    return 2;
  }
  // Only here: loading it brings the network stack along.
  const { spawnSync } = await import("node:child_process");
  const run = spawnSync(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, HELIOS_PINNED_NODE: "1" },
  });
  if (run.error !== undefined) {
    process.stderr.write(
      `error NODE_TOO_OLD: cannot start ${node}: ${run.error.message}\ntry: npm install\n`,
    );
    return 2;
  }
  return run.status ?? 130;
}

/** The nearest `node_modules/.bin/node` above this file. */
function pinnedNode() {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(
      folder,
      "node_modules",
      ".bin",
      process.platform === "win32" ? "node.exe" : "node",
    );
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}
