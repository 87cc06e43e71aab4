import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Helios, HeliosError } from "../index.ts";
import { connect, type RemoteHelios } from "./connect.ts";
import { serve } from "./serve.ts";

let helios: Helios;
let remote: RemoteHelios;

function connected(to: Helios): { remote: RemoteHelios; ownerEnd: MessagePort; end: () => void } {
  const { port1, port2 } = new MessageChannel();
  const end = serve(to, port1);
  return { remote: connect(port2), ownerEnd: port1, end };
}

before(async () => {
  helios = await Helios.open({ root: "", l2: "memory" });
  remote = connected(helios).remote;
});
after(async () => {
  remote.close();
  await helios.close();
});

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

test("a working set of another thread does what one here does", async () => {
  const vst = await remote.checkout("main");
  assert.equal(vst.ref, "main");
  await vst.write("src/a", "one");
  await vst.write("run", new Uint8Array([1, 2, 3]), { mode: "executable" });
  await vst.apply([
    { path: "src/b", content: "two" },
    { path: "src/c", content: Buffer.from("three") },
    { path: "run", content: undefined },
  ]);
  assert.equal(await vst.delete("src/c"), true);
  assert.equal(await vst.delete("src/c"), false);
  assert.deepEqual([await vst.size(), await vst.has("src/a"), await vst.has("run")], [2, true, false]);
  assert.equal(text(await vst.read("src/b")), "two");
  assert.equal(await vst.read("nothing"), undefined);
  assert.deepEqual(
    (await vst.list("src/")).map(({ path, sizeBytes }) => [path, sizeBytes]),
    [
      ["src/a", 3],
      ["src/b", 3],
    ],
  );
  assert.equal((await vst.entry("src/a"))?.mode, "file");
  const first = await vst.commit("first", { author: "somebody" });
  assert.deepEqual([first.id, first.commit], [helios.resolve("main"), "c1"]);
  assert.equal(first.metrics.changedPaths, 4);

  const fork = await vst.fork();
  assert.equal(fork.ref, undefined);
  await fork.write("src/a", "changed");
  const second = await fork.commitAsync();
  assert.notEqual(second.id, first.id);
  assert.equal(text(await vst.read("src/a")), "one");
  await fork.restore("main");
  assert.equal(fork.ref, "main");
  assert.equal(text(await fork.read("src/a")), "one");

  assert.equal(await remote.resolve("c2"), second.id);
  assert.equal(text(await remote.read(second.id, "src/a")), "changed");
  assert.deepEqual(
    (await remote.diff(first.id, second.id)).map(({ path }) => path),
    ["src/a"],
  );
  assert.deepEqual(
    (await remote.log()).map(({ message, author }) => [message, author]),
    [["first", "somebody"]],
  );
  assert.equal((await remote.list(first.id)).length, 2);
  assert.equal(await remote.count(first.id, "src/"), 2);
  assert.equal((await remote.range(first.id, { gte: "src/b" })).length, 1);
  const out = mkdtempSync(join(tmpdir(), "helios-remote-"));
  assert.equal((await remote.materialize(second.id, join(out, "out"), { select: ["src/**"] })).files, 2);
  rmSync(out, { recursive: true });
  await remote.setRef("try", "c2", undefined);
  assert.deepEqual(
    (await remote.refs()).map(({ name }) => name),
    ["main", "try"],
  );
  await remote.deleteRef("try", "c2");
  assert.equal((await remote.stats()).commits, 2);
  await remote.durable();
});

test("requests are carried out in the order they are made, without waiting for answers", async () => {
  const vst = await remote.vst();
  const writes = Array.from({ length: 50 }, (_, i) => vst.write("n", String(i)));
  const last = vst.read("n");
  await Promise.all(writes);
  assert.equal(text(await last), "49");
});

test("an error of the owner arrives with its code, remedy and path", async () => {
  const vst = await remote.vst();
  await assert.rejects(vst.write("../x", ""), (error) => {
    assert.ok(error instanceof HeliosError);
    assert.equal(error.code, "PATH_INVALID");
    assert.ok(error.remedy.length > 5);
    return true;
  });
  await vst.write("a", "");
  await assert.rejects(vst.write("a/b", ""), { code: "PATH_CONFLICT", path: "a/b" });
  await assert.rejects(remote.checkout("nowhere"), { code: "SNAPSHOT_UNKNOWN" });
  const [one, two] = [await remote.checkout("main"), await remote.checkout("main")];
  await one.write("x", "1");
  await two.write("x", "2");
  await one.commit();
  await assert.rejects(two.commit(), { code: "REF_MOVED" });
});

test("bytes that were read are the reader's own, and bytes that were written stay the writer's", async () => {
  const vst = await remote.vst();
  const large = Buffer.alloc(100, "x");
  await vst.write("a", large.subarray(10, 20));
  assert.equal(large.toString(), "x".repeat(100));
  const read = (await vst.read("a"))!;
  assert.equal(read.buffer.byteLength, 10);
  read.fill(0);
  assert.equal(text(await vst.read("a")), "x".repeat(10));
});

test("a released working set is gone at its owner, others stay", async () => {
  const [one, two] = [await remote.vst(), await remote.vst()];
  one.release();
  await assert.rejects(one.size(), { code: "STORE_CLOSED" });
  assert.equal(await two.size(), 0);
});

test("requests that wait when the port closes, and those after it, fail with STORE_CLOSED", async () => {
  for (const closeAt of ["worker", "owner"] as const) {
    const { remote: own, end } = connected(helios);
    const vst = await own.vst();
    const waiting = vst.size();
    if (closeAt === "worker") own.close();
    else end();
    await assert.rejects(waiting, { code: "STORE_CLOSED" });
    // The owner's end is noticed when the news arrives.
    while (
      closeAt === "owner" &&
      (await vst.size().then(
        () => true,
        () => false,
      ))
    );
    await assert.rejects(vst.size(), { code: "STORE_CLOSED" });
  }
});

test("a closed store says so through the port", async () => {
  const own = await Helios.open({ root: "", l2: "memory" });
  const { remote: far } = connected(own);
  const vst = await far.vst();
  await own.close();
  await assert.rejects(vst.write("a", ""), { code: "STORE_CLOSED" });
  await assert.rejects(far.checkout("main"), { code: "STORE_CLOSED" });
  far.close();
});

test("what is no request is passed over, and an operation that does not exist is refused", async () => {
  const { port1, port2 } = new MessageChannel();
  serve(helios, port1);
  const answers: unknown[] = [];
  const answered = new Promise<void>((resolve) =>
    port2.on("message", (answer: unknown) => {
      answers.push(answer);
      if (answers.length === 2) resolve();
    }),
  );
  for (const message of [undefined, 5, { id: 1 }, { id: 2, method: "vst" }]) port2.postMessage(message);
  port2.postMessage({ id: 3, vst: undefined, method: "constructor", parameters: [] });
  port2.postMessage({ id: 4, vst: undefined, method: "close", parameters: [] });
  await answered;
  port2.close();
  assert.deepEqual(answers, [
    { id: 3, failure: { message: "no operation is called constructor" } },
    { id: 4, failure: { message: "no operation is called close" } },
  ]);
});
