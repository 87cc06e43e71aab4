/** Killed at any step of a commit over several trees, a forest is wholly the one before or wholly the one after. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Helios, type SnapshotId, verifyStore } from "../index.ts";
import { SECOND } from "./crash-writer.fixture.ts";

const writer = fileURLToPath(new URL("crash-writer.fixture.ts", import.meta.url));
let home = "";
let first: SnapshotId;
let second: SnapshotId;

before(async () => {
  home = mkdtempSync(join(tmpdir(), "helios-forest-crash-"));
  const helios = await Helios.open({ root: join(home, "store") });
  const forest = helios.forest("main");
  for (const path of [...Object.keys(SECOND), "docs/gone"]) forest.write(path, "1");
  first = forest.commit("first").id;
  const fork = forest.fork();
  for (const [path, content] of Object.entries(SECOND)) fork.write(path, content);
  fork.delete("docs/gone");
  second = fork.identify();
  await helios.close();
});
after(() => rmSync(home, { recursive: true, force: true }));

interface Death {
  /** The three trees, then the catalogue. */
  readonly write: number;
  readonly share: "0" | "half" | "all";
  /** Which forest is to be found. */
  readonly found: "first" | "second";
}

const deaths: readonly Death[] = [
  { write: 1, share: "0", found: "first" },
  { write: 1, share: "all", found: "first" },
  { write: 2, share: "half", found: "first" },
  { write: 3, share: "all", found: "first" },
  { write: 4, share: "0", found: "first" },
  { write: 4, share: "half", found: "first" },
  { write: 4, share: "all", found: "second" },
  { write: 5, share: "0", found: "second" },
];

test("killed at each step of a commit, the ref names one forest whole, and work goes on", async () => {
  await Promise.all(
    deaths.map(async ({ write, share, found }) => {
      const what = `${share} of write ${write}`;
      const root = join(home, `after-${write}-${share}`);
      cpSync(join(home, "store"), root, { recursive: true });
      const child = spawn(process.execPath, [writer, root, String(write), share]);
      let said = "";
      child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
      const [status, signal] = (await once(child, "close")) as [number | null, string | null];
      // There is no fifth write: then nothing happens, and the commit is acknowledged.
      assert.deepEqual(
        [status, signal, said],
        write > 4 ? [0, null, "acknowledged"] : [null, "SIGKILL", ""],
        what,
      );

      const helios = await Helios.open({ root });
      const forest = helios.forest("main");
      assert.equal(forest.identify(), found === "first" ? first : second, what);
      const expected = found === "first" ? [..."1111"] : [..."222"];
      assert.deepEqual(
        forest.list().map(({ path }) => Buffer.from(forest.read(path)!).toString()),
        expected,
      );
      assert.deepEqual(
        helios.refs().map(({ name }) => name),
        ["main"],
      );
      for (const [path, content] of Object.entries(SECOND)) forest.write(path, content);
      forest.delete("docs/gone");
      assert.equal(forest.commit("again").id, second, what);
      await helios.close();
      const report = await verifyStore({ root, threads: 0 });
      assert.ok(report.mode === "full" && report.sound, JSON.stringify(report.damages));
    }),
  );
});
