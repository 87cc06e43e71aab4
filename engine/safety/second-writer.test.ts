/** One process writes to a store; the others are told who does, and a killed one is in nobody's way. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Helios, HeliosError } from "../index.ts";

let root: string;
let writer: ChildProcess | undefined;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "helios-locks-"))));
afterEach(async () => {
  await kill();
  rmSync(root, { recursive: true, force: true });
});

/** A process that has the store open, once it says so. */
async function startWriter(l2: string): Promise<ChildProcess> {
  const engine = JSON.stringify(join(import.meta.dirname, "..", "index.ts"));
  const script = `
    const { Helios } = await import(${engine});
    const helios = await Helios.open({ root: ${JSON.stringify(root)}, l2: ${JSON.stringify(l2)} });
    const vst = helios.checkout("main");
    vst.write("written", "by the other process");
    vst.commit();
    process.stdout.write("open");
    setInterval(() => helios.stats(), 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  writer = child;
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return child;
}

async function kill(): Promise<void> {
  if (writer === undefined || writer.exitCode !== null || writer.signalCode !== null) return;
  const exited = new Promise((resolve) => writer!.once("exit", resolve));
  writer.kill("SIGKILL");
  await exited;
}

const locked = (pid: number) => (error: unknown) => {
  assert.ok(error instanceof HeliosError, String(error));
  assert.equal(error.code, "STORE_LOCKED");
  assert.match(error.message, new RegExp(`in use by process ${pid}\\b`));
  assert.notEqual(error.remedy, "");
  return true;
};

for (const l2 of ["rocksdb", "lmdb"] as const)
  describe(`a store on ${l2}`, () => {
    test("is refused to a second process while the first has it open, which is named; readers are let in", async () => {
      const { pid } = await startWriter(l2);
      await assert.rejects(Helios.open({ root }), locked(pid!));
      await assert.rejects(Helios.open({ root, durability: "power" }), locked(pid!));
      const reader = await Helios.open({ root, readOnly: true });
      assert.equal(
        Buffer.from(reader.read(reader.resolve("main"), "written")!).toString(),
        "by the other process",
      );
      await reader.close();
      assert.equal(JSON.parse(readFileSync(join(root, "writer.json"), "utf8")).pid, pid);
    });

    test("is refused to a second opening in the same process", async () => {
      const helios = await Helios.open({ root, l2 });
      await assert.rejects(Helios.open({ root }), locked(process.pid));
      await helios.close();
      await (await Helios.open({ root })).close();
    });

    test("opens at once, and without a word, after its writer was killed", async () => {
      await startWriter(l2);
      await kill();
      assert.ok(existsSync(join(root, "writer.json")), "a killed process leaves its name");
      const helios = await Helios.open({ root });
      assert.deepEqual(helios.warnings, []);
      assert.equal(helios.stats().commits, 1);
      assert.equal(JSON.parse(readFileSync(join(root, "writer.json"), "utf8")).pid, process.pid);
      await helios.close();
      assert.ok(!existsSync(join(root, "writer.json")));
    });

    test("opens whatever its writer file says: the number of a killed writer may be another process's by now", async () => {
      await (await Helios.open({ root, l2 })).close();
      for (const said of ['{"pid":1}', `{"pid":${process.ppid}}`, "{", "", '{"pid":"x"}']) {
        writeFileSync(join(root, "writer.json"), said);
        const helios = await Helios.open({ root });
        await helios.close();
      }
    });
  });
