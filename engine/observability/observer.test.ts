import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { after, test } from "node:test";
import { type CommitEvent, channels, type EngineTopic, Helios } from "../index.ts";

const folder = mkdtempSync(join(tmpdir(), "helios-observer-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `work` and gives what was published meanwhile. */
async function eventsDuring(work: () => unknown): Promise<[EngineTopic, Record<string, unknown>][]> {
  const heard: [EngineTopic, Record<string, unknown>][] = [];
  const topics = Object.keys(channels) as EngineTopic[];
  const listeners = topics.map((topic) => {
    const listener = (event: unknown) => heard.push([topic, event as Record<string, unknown>]);
    channels[topic].subscribe(listener);
    return () => channels[topic].unsubscribe(listener);
  });
  try {
    await work();
  } finally {
    for (const end of listeners) end();
  }
  return heard;
}

test("a store tells when it is opened, commits, moves refs, checkpoints and is closed, with its root", async () => {
  const root = join(folder, "told");
  const heard = await eventsDuring(async () => {
    const helios = await Helios.open({ root });
    const vst = helios.checkout("main");
    vst.write("a", "12345");
    vst.commit("one");
    helios.setRef("try", "c1", undefined);
    helios.deleteRef("try", "c1");
    await helios.checkpoint();
    await helios.close();
  });
  assert.deepEqual(
    heard.map(([topic]) => topic),
    ["open", "commit", "ref", "ref", "checkpoint", "close"],
  );
  for (const [topic, event] of heard) assert.equal(event["store"], root, topic);
  const [opened, commit, made, deleted, checkpoint, closed] = heard.map(([, event]) => event);
  assert.equal(opened?.["replayedCommits"], 0);
  assert.ok(Number(opened?.["durationMs"]) > 0);
  assert.deepEqual(
    { ...commit, latencyUs: 0 },
    {
      store: root,
      commit: "c1",
      ref: "main",
      newObjects: 1,
      newBytes: 5,
      changedPaths: 1,
      latencyUs: 0,
    },
  );
  assert.deepEqual([made?.["from"], made?.["to"]], [undefined, "c1"]);
  assert.deepEqual([deleted?.["from"], deleted?.["to"]], ["c1", undefined]);
  assert.deepEqual([checkpoint?.["commits"], checkpoint?.["failure"]], [1, undefined]);
  assert.ok(Number(checkpoint?.["durationMs"]) > 0);
  assert.equal(closed?.["commits"], 1);
});

test("onCommit gets every commit of its store, forks included, and no other store's", async () => {
  const heard: CommitEvent[] = [];
  const helios = await Helios.open({ root: "", l2: "memory", onCommit: (event) => heard.push(event) });
  const other = await Helios.open({ root: "", l2: "memory" });
  const vst = helios.checkout("main");
  vst.write("a", "1");
  const { metrics } = vst.commit();
  const fork = vst.fork();
  fork.write("b", "22");
  await fork.commitAsync();
  other.vst().commit();
  assert.deepEqual(
    heard.map(({ commit, ref, newBytes }) => ({ commit, ref, newBytes })),
    [
      { commit: "c1", ref: "main", newBytes: 1 },
      { commit: "c2", ref: undefined, newBytes: 2 },
    ],
  );
  assert.equal(heard[0]?.latencyUs, metrics.latencyUs);
  await Promise.all([helios.close(), other.close()]);
});

test("a hook or subscriber that throws does not make a commit fail, and its error is not lost", async () => {
  const helios = await Helios.open({
    root: "",
    l2: "memory",
    onCommit: () => {
      throw new Error("from the hook");
    },
  });
  // The test runner listens itself, and would count what is raised outside as a failure.
  const runners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  try {
    const raised = once(process, "uncaughtException") as Promise<[Error]>;
    const vst = helios.checkout("main");
    vst.write("a", "1");
    assert.equal(vst.commit().commit, "c1");
    assert.equal((await raised)[0].message, "from the hook");
  } finally {
    for (const runner of runners) process.on("uncaughtException", runner);
  }
  assert.equal(helios.stats().commits, 1);
  await helios.close();
});
