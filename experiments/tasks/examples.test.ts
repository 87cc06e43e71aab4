/** The script of the README converts a pack of somebody else's format into tasks that are valid. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadTasks } from "./load-tasks.ts";
import { validateTask } from "./validate-task.ts";

test("a pack of JSON lines becomes tasks", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "helios-pack-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const foreign = {
    task_id: "Pack/7",
    prompt: 'def add(a, b):\n    """The sum of both."""\n',
    canonical_solution: "    return a + b\n",
    test: "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(0, -4) == -4\n",
    entry_point: "add",
  };
  writeFileSync(join(folder, "pack.jsonl"), `${JSON.stringify(foreign)}\n`);
  const out = join(folder, "tasks");
  const script = join(import.meta.dirname, "examples", "convert-pack.mjs");
  execFileSync(process.execPath, [script, join(folder, "pack.jsonl"), out]);
  const [loaded] = Array.from(loadTasks(out));
  assert.ok(loaded !== undefined && loaded.kind !== "broken", JSON.stringify(loaded));
  assert.equal(loaded.task.id, "pack-7");
  if (loaded.kind === "skipped") return t.skip(loaded.reason);
  const { outcome, problems } = await validateTask(loaded.task);
  assert.deepEqual({ outcome, problems }, { outcome: "valid", problems: [] });
});

test("the README holds the script as it is", () => {
  const [readme, script] = ["README.md", "examples/convert-pack.mjs"].map((name) =>
    readFileSync(join(import.meta.dirname, name), "utf8"),
  );
  assert.ok(script !== undefined && readme?.includes(script));
});
