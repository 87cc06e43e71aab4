/** Real processes, ended by real signals in the middle of their work: nothing is half-written, and the next one goes on. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Helios, type SnapshotId } from "../index.ts";
import { rememberScan, scanDirectory } from "./scan.ts";
import type { InterruptedTask } from "./interrupted.fixture.ts";

/** Enough for several turns of the event loop, at which a signal is heard. */
const FILES = 400;
const [program, preload] = ["./interrupted.fixture.ts", "./signal-at.fixture.ts"].map((name) =>
  fileURLToPath(new URL(name, import.meta.url)),
) as [string, string];

let folder = "";
let work = "";
let root = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helios-interrupted-"));
  work = join(folder, "work");
  root = join(folder, "store");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function put(count: number, version: string): void {
  for (let i = 0; i < count; i++) {
    const place = join(work, `d${i % 7}/e${i % 3}/f${i}`);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, `${version} ${i} ${"x".repeat(i * 3)}`);
  }
}

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly answer: Record<string, unknown>;
}

/** `at`: `<signal> <call> <number>`. */
function run(task: InterruptedTask, at = ""): Promise<Ended> {
  const child = spawn(process.execPath, ["--require", preload, program, JSON.stringify(task)], {
    env: { ...process.env, SIGNAL_AT: at },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => {
      resolve({
        status,
        signal,
        answer: output === "" ? {} : (JSON.parse(output) as Record<string, unknown>),
      });
    });
  });
}

/** In this process, which is quicker to begin with. */
async function committed(version = "one"): Promise<SnapshotId> {
  put(FILES, version);
  const helios = await Helios.open({ root });
  const vst = helios.checkout("main");
  await scanDirectory({ root }, vst, work);
  const { id } = vst.commit("", { ref: "main", recordId: true });
  rememberScan({ root }, work, id);
  // What is only in the journal, threads cannot read.
  await helios.checkpoint();
  await helios.close();
  return id;
}

/** Every file below a directory with its content, and nothing that a writer uses for itself. */
function contentsOf(directory: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (path: string): void => {
    for (const name of readdirSync(join(directory, path))) {
      const inside = join(path, name);
      if (lstatSync(join(directory, inside)).isDirectory()) visit(inside);
      else found.set(inside, readFileSync(join(directory, inside), "utf8"));
    }
  };
  visit("");
  return found;
}

for (const [signal, at, threads] of [
  ["SIGINT", 30, 0],
  ["SIGTERM", 40, 2],
] as const) {
  test(`a commit that ${signal} ends at file ${at} of ${FILES}, with ${threads} threads of its own, records nothing and leaves nothing`, async () => {
    put(FILES, "one");
    const ended = await run({ do: "commit", root, directory: work, threads }, `${signal} read ${at}`);
    assert.deepEqual(ended.answer, { failed: `ended by ${signal}` });
    assert.deepEqual(readdirSync(join(root, "stat-cache")), []);
    const helios = await Helios.open({ root });
    assert.deepEqual(helios.log(), []);
    await helios.close();
  });
}

test("a commit that is killed at any file is as if it had not begun", async () => {
  const expected = await committed();
  for (const at of ["SIGKILL read 300", "SIGKILL rename 1"]) {
    rmSync(root, { recursive: true });
    const ended = await run({ do: "commit", root, directory: work }, at);
    assert.equal(ended.signal, "SIGKILL", at);
    assert.equal(await committed(), expected, at);
  }
});

test("materialize, ended by a signal, takes back what it wrote: a new directory, or the content of an empty one", async () => {
  await committed();
  const out = join(folder, "new", "out");
  const task = { do: "materialize", root, directory: out } as const;
  const ended = await run({ ...task, threads: 2 }, "SIGINT write 20");
  assert.deepEqual(ended.answer, { failed: "ended by SIGINT" });
  assert.deepEqual(readdirSync(folder).sort(), ["store", "work"]);
  mkdirSync(out, { recursive: true });
  const filling = await run({ ...task, threads: 0 }, "SIGTERM write 20");
  assert.deepEqual(filling.answer, { failed: "ended by SIGTERM" });
  assert.deepEqual(readdirSync(out), []);
  assert.deepEqual(readdirSync(join(folder, "new")), ["out"]);
});

test("materialize, killed in a thread, is gone on with: only what is missing is written", async () => {
  await committed();
  const out = join(folder, "out");
  const task = { do: "materialize", root, directory: out, threads: 2 } as const;
  const killed = await run(task, "SIGKILL write 120");
  assert.equal(killed.signal, "SIGKILL");
  assert.equal(existsSync(out), false);
  assert.equal(readdirSync(folder).length, 3, "the staged directory is left behind");
  const { answer } = await run(task);
  assert.equal(answer["files"], FILES);
  assert.ok((answer["kept"] as number) >= 100, JSON.stringify(answer));
  assert.deepEqual(readdirSync(folder).sort(), ["out", "store", "work"]);
  assert.deepEqual(contentsOf(out), contentsOf(work));
});

test("a directory that a killed process had begun to fill is filled by whoever wants the same, and by nobody else", async () => {
  await committed();
  const out = join(folder, "out");
  mkdirSync(out);
  const task = { do: "materialize", root, directory: out } as const;
  await run(task, "SIGKILL rename 30");
  await committed("two");
  const other = await run(task);
  assert.match(String(other.answer["failed"]), /is not empty/);
  const same = await run({ ...task, snapshot: "c1" });
  assert.deepEqual([same.answer["files"], same.answer["kept"]], [FILES, 29]);
  put(FILES, "one");
  assert.deepEqual(contentsOf(out), contentsOf(work));
});

test("overwriting, interrupted or killed, leaves each file old or new, and goes on", async () => {
  await committed("one");
  const out = join(folder, "out");
  await run({ do: "materialize", root, directory: out });
  const before = contentsOf(out);
  await committed("two");
  const task = { do: "materialize", root, directory: out, overwrite: true } as const;
  const after = contentsOf(work);
  for (const [at, isTidy] of [
    ["SIGINT write 10", true],
    ["SIGKILL rename 50", false],
  ] as const) {
    await run(task, at);
    let replaced = 0;
    for (const [path, content] of contentsOf(out)) {
      if (/\.helios-/.test(path)) assert.ok(!isTidy, path);
      else assert.ok(content === before.get(path) || content === after.get(path), path);
      if (content === after.get(path)) replaced++;
    }
    assert.ok(replaced < FILES);
  }
  await run(task);
  assert.deepEqual(contentsOf(out), after, "and the temporary file of the killed process is gone");
});

test("a restore that is interrupted or killed moves nothing it has not written, and goes on without force", async () => {
  const first = await committed("one");
  const wanted = contentsOf(work);
  await committed("two");
  const task = { do: "restore", root, directory: work, snapshot: first } as const;
  const interrupted = await run(task, "SIGINT write 10");
  assert.deepEqual(interrupted.answer, { failed: "ended by SIGINT" });
  const killed = await run(task, "SIGKILL rename 20");
  assert.equal(killed.signal, "SIGKILL");
  const { status } = await run(task);
  assert.equal(status, 0);
  assert.deepEqual(contentsOf(work), wanted);
});
