/** The tasks that come along: each loads, the set of phase 0 is stratified, and a sample of them is validated. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadTasks, ownTasks } from "./load-tasks.ts";
import type { Task } from "./task.ts";
import { oracleChange, programFiles } from "./task-files.ts";
import { phase0Set } from "./task-set.ts";
import { validateTask } from "./validate-task.ts";

const tasks: Task[] = [];
for (const loaded of loadTasks(ownTasks)) {
  if (loaded.kind === "broken") throw loaded.error;
  tasks.push(loaded.task);
}

test("there are at least 20 tasks of each size, in three languages", () => {
  for (const size of ["one-line", "two-line", "three-line"]) {
    assert.ok(tasks.filter(({ tags }) => tags.size === size).length >= 20, size);
  }
  const python = tasks.filter(({ language }) => language === "python").length;
  assert.ok(python >= 20 && tasks.length - python >= 40);
});

test("the size of a task is the number of lines its oracle changes", () => {
  for (const task of tasks) {
    const program = programFiles(task);
    let lines = 0;
    for (const [path, content] of oracleChange(task)) {
      const lists = [program.get(path) ?? Buffer.from(""), content ?? Buffer.from("")].map((each) =>
        Buffer.from(each).toString().split("\n"),
      );
      const [before, after] = lists as [string[], string[]];
      const counts = new Map<string, number>();
      for (const line of after) counts.set(line.trim(), (counts.get(line.trim()) ?? 0) + 1);
      for (const line of before) counts.set(line.trim(), (counts.get(line.trim()) ?? 0) - 1);
      const numbers = Array.from(counts.values());
      const added = numbers.filter((n) => n > 0).reduce((a, b) => a + b, 0);
      const removed = numbers.filter((n) => n < 0).reduce((a, b) => a - b, 0);
      lines += Math.max(added, removed);
    }
    const size = lines >= 3 ? "three-line" : ["none", "one-line", "two-line"][lines];
    assert.equal(task.tags.size, size, `${task.id} changes ${lines} lines`);
  }
});

test("the set of phase 0 is ten tasks of each size, languages mixed", () => {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  for (const [size, ids] of Object.entries(phase0Set().tasks)) {
    assert.equal(ids.length, 10);
    assert.ok(ids.every((id) => byId.get(id)?.tags.size === size));
    assert.equal(new Set(ids.map((id) => byId.get(id)?.language)).size, 3, size);
  }
});

// All of them take a minute or two: HELIOS_ALL_TASKS=1.
const sample = ["trie-longest-prefix", "bank-rounding-half-even", "money-allocate-remainder"];
const all = process.env["HELIOS_ALL_TASKS"] === "1";
for (const task of tasks.filter(({ id }) => all || sample.includes(id))) {
  test(`the task ${task.id} is valid`, async () => {
    const { outcome, problems } = await validateTask(task);
    assert.deepEqual({ outcome, problems }, { outcome: "valid", problems: [] });
  });
}
