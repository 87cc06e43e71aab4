/** What somebody sees who presses Ctrl-C, or whose job is told to end. The work itself: engine/vst/interrupted.test.ts. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { spawnJson } from "../spawn-cli.ts";

const bin = fileURLToPath(new URL("../bin/helios-cli.js", import.meta.url));

let folder = "";
let work = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helios-signals-"));
  work = join(folder, "work");
  mkdirSync(work);
  for (let i = 0; i < 3000; i++) writeFileSync(join(work, `f${i}`), `${i}`);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Sends the signal when a name appears below the directory. */
function runUntil(args: readonly string[], signal: NodeJS.Signals, hasBegun: () => boolean) {
  const child = spawn(process.execPath, [bin, ...args], { cwd: work, stdio: ["ignore", "ignore", "pipe"] });
  const poll = setInterval(() => {
    if (!hasBegun()) return;
    clearInterval(poll);
    child.kill(signal);
  }, 1);
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise<{ status: number | null; stderr: string }>((resolve) => {
    child.on("close", (status) => {
      clearInterval(poll);
      resolve({ status, stderr });
    });
  });
}

test("Ctrl-C ends materialize with 130 and SIGTERM with 143; both say so and leave nothing behind", async () => {
  await spawnJson(["commit"], { cwd: work });
  const isStaged = () => readdirSync(folder).some((name) => name.startsWith(".out.helios-"));
  for (const [signal, status, said] of [
    ["SIGINT", 130, /^error INTERRUPTED: interrupted\ntry: run it again: .*\n$/],
    ["SIGTERM", 143, /^error TERMINATED: terminated\ntry: run it again: .*\n$/],
  ] as const) {
    const ended = await runUntil(["materialize", "main", "../out"], signal, isStaged);
    assert.equal(ended.status, status);
    assert.match(ended.stderr, said);
    assert.deepEqual(readdirSync(folder), ["work"]);
  }
});
