/** Kill -9 at any moment loses no acknowledged commit. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Helios, parseSnapshotId } from "./index.ts";

const KILLS = 12;
const writer = join(import.meta.dirname, "crash-writer.fixture.ts");

/** Small, seeded, good enough to pick moments. */
function* moments(state: number): Generator<number> {
  for (;;) {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    yield (state / 2 ** 31) * 250;
  }
}

async function killWriter(root: string, acknowledged: string, seed: number, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [writer, root, acknowledged, String(seed)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const before = lines(acknowledged).length;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  while (lines(acknowledged).length === before && child.exitCode === null) await delay(5);
  await delay(afterMs);
  assert.equal(child.exitCode, null, Buffer.concat(errors).toString());
  child.kill("SIGKILL");
  await exited;
}

function lines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
}

test(`${KILLS} writers killed at random moments lose no acknowledged commit`, async () => {
  const home = mkdtempSync(join(tmpdir(), "helios-crash-"));
  const [root, acknowledged] = [join(home, "store"), join(home, "acknowledged")];
  const when = moments(20_261);
  let checked = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await killWriter(root, acknowledged, kill, when.next().value as number);
    const helios = await Helios.open({ root, create: false });
    const acks = lines(acknowledged);
    // What the last writer said, and a sample of what earlier ones did.
    const sample = acks.filter((_, i) => i >= checked || i % 53 === 0);
    for (const line of sample) {
      const [id, step] = line.split(" ") as [string, string];
      const snapshot = parseSnapshotId(id);
      assert.equal(Buffer.from(helios.read(snapshot, "step")!).toString(), step);
      const [seed, n] = step.split("/").map(Number) as [number, number];
      const path = `dir-${n % 7}/file-${n % 31}`;
      assert.equal(Buffer.from(helios.read(snapshot, path)!).toString(), `${seed}/${n} `.repeat(20));
    }
    assert.ok(helios.stats().commits >= acks.length);
    checked = acks.length;
    await helios.close();
  }
  assert.ok(checked > KILLS, `only ${checked} commits were acknowledged`);
  rmSync(home, { recursive: true, force: true });
});
