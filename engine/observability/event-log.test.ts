import assert from "node:assert/strict";
import { test } from "node:test";
import { channels, type CommitEvent, type EngineEvents, type EngineTopic, publish } from "./channels.ts";
import { logEvents } from "./event-log.ts";

const commit: CommitEvent = {
  store: "/data/.helios",
  commit: "c7",
  ref: "main",
  newObjects: 1,
  newBytes: 5,
  changedPaths: 1,
  latencyUs: 12.5,
};
const events: EngineEvents = {
  open: {
    store: undefined,
    l2: "memory",
    durability: "memory",
    readOnly: false,
    replayedCommits: 0,
    durationMs: 1,
  },
  commit,
  ref: { store: undefined, ref: "try", from: undefined, to: "c7" },
  checkpoint: { store: undefined, commits: 7, durationMs: 3, failure: undefined },
  refresh: { store: undefined, commits: 2 },
  close: { store: undefined, commits: 7 },
};

function logged(filter: string): string[] {
  const lines: string[] = [];
  const end = logEvents({ filter, write: (line) => lines.push(line), now: () => 0 });
  publishAll();
  end();
  publishAll();
  return lines;
}

function publishAll(): void {
  publish("open", () => events.open);
  publish("commit", () => events.commit);
  publish("ref", () => events.ref);
  publish("checkpoint", () => events.checkpoint);
  publish("refresh", () => events.refresh);
  publish("close", () => events.close);
}

const topicsIn = (lines: readonly string[]) =>
  lines.map((line) => (JSON.parse(line) as { topic: string }).topic.replace("engine:", ""));

test("a line is one JSON object with time, topic, process and the event; after its end a log is silent", () => {
  assert.deepEqual(logged("engine:commit"), [
    `${JSON.stringify({ time: "1970-01-01T00:00:00.000Z", topic: "engine:commit", pid: process.pid, ...commit })}\n`,
  ]);
});

test("a filter adds topics and patterns, takes away with a minus, and passes over words of others", () => {
  const all: EngineTopic[] = ["open", "commit", "ref", "checkpoint", "refresh", "close"];
  assert.deepEqual(topicsIn(logged("*")), all);
  assert.deepEqual(topicsIn(logged("engine:*")), all);
  assert.deepEqual(
    topicsIn(logged("engine:*,-engine:commit")),
    all.filter((topic) => topic !== "commit"),
  );
  assert.deepEqual(topicsIn(logged(" engine:open , engine:close ")), ["open", "close"]);
  assert.deepEqual(topicsIn(logged("engine:c*,-*")), []);
  assert.deepEqual(topicsIn(logged("http,engine:commits,engine")), []);
  assert.deepEqual(topicsIn(logged("")), []);
});

test("without subscribers no event is made", () => {
  publish("commit", () => assert.fail("made for nobody"));
});

test("channels have the names that are documented, so that any tool can subscribe", () => {
  assert.deepEqual(
    Object.entries(channels).map(([topic, { name }]) => [topic, name]),
    ["open", "commit", "ref", "checkpoint", "refresh", "close"].map((topic) => [topic, `helios.${topic}`]),
  );
});
