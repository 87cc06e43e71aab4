import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Helios, HeliosError } from "../index.ts";
import { metricsOf, prometheusText } from "./metrics.ts";
import { readStoredStats } from "./stored-stats.ts";

const folder = mkdtempSync(join(tmpdir(), "helios-stats-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function storeWithCommits(name: string, commits: number): Promise<Helios> {
  const helios = await Helios.open({ root: join(folder, name) });
  const vst = helios.checkout("main");
  for (let i = 0; i < commits; i++) {
    vst.write(`file-${i}`, `content ${i}`);
    vst.commit();
  }
  return helios;
}

test("what a closed store left behind is what it said, and is there only while nobody writes", async () => {
  const root = join(folder, "left");
  const helios = await storeWithCommits("left", 3);
  assert.equal(readStoredStats(root), undefined);
  const live = helios.stats();
  assert.deepEqual([live.entries, live.commits, live.new_objects, live.journal.tailCommits], [3, 3, 3, 3]);
  assert.ok(live.journal.sizeBytes > live.journal.tailBytes && live.journal.tailBytes > 0);
  await helios.close();
  await helios.close();
  assert.deepEqual(readStoredStats(root)?.stats, live);

  const again = await Helios.open({ root });
  assert.equal(readStoredStats(root), undefined);
  await again.checkpoint();
  assert.deepEqual(again.stats().checkpoints, { done: 1, failure: null });
  assert.equal(again.stats().journal.tailCommits, 0);
  await again.close();
  const left = readStoredStats(root)?.stats;
  assert.equal(left?.commits, 3);
  assert.ok((left?.commit_latency_us_p50 ?? 0) > 0, "latencies of the last process that committed");
});

test("a reader neither removes nor writes what the last writer left", async () => {
  const root = join(folder, "read");
  await (await storeWithCommits("read", 1)).close();
  const before = readFileSync(join(root, "stats.json"), "utf8");
  const reader = await Helios.open({ root, readOnly: true });
  assert.equal(reader.stats().entries, 1);
  await reader.close();
  assert.equal(readFileSync(join(root, "stats.json"), "utf8"), before);
});

test("a file of another version, or half of one, counts as none", async () => {
  const root = join(folder, "other");
  await (await storeWithCommits("other", 1)).close();
  const text = readFileSync(join(root, "stats.json"), "utf8");
  writeFileSync(join(root, "stats.json"), text.replace("helios-stats/1", "helios-stats/2"));
  assert.equal(readStoredStats(root), undefined);
  writeFileSync(join(root, "stats.json"), text.slice(0, -10));
  assert.equal(readStoredStats(root), undefined);
  assert.equal(existsSync(join(root, "stats.json.tmp")), false);
});

test("a store in memory has the same counters and leaves nothing", async () => {
  const helios = await Helios.open({ root: join(folder, "memory"), l2: "memory" });
  helios.checkout("main").commit();
  const { journal, commits, l2 } = helios.stats();
  assert.deepEqual([journal.sizeBytes, commits, l2], [0, 1, "memory"]);
  await helios.close();
  assert.equal(existsSync(join(folder, "memory")), false);
});

test("every number of the stats is a metric, and Prometheus gets help, type, labels and value of each", async () => {
  const helios = await Helios.open({ root: "", l2: "memory" });
  const stats = helios.stats();
  await helios.close();
  // Names of things (l2, durability) are labels.
  const numbersIn = (value: object): number =>
    Object.values(value)
      .map((each: unknown) =>
        typeof each === "object" && each !== null ? numbersIn(each) : Number(typeof each !== "string"),
      )
      .reduce((sum, each) => sum + each, 0);
  assert.equal(metricsOf(stats).length, numbersIn(stats));
  const text = prometheusText([{ name: "x_bytes", type: "counter", help: "Help.", value: 3 }], {
    store: 'a "b" \\ c\nd',
    l2: "memory",
  });
  assert.equal(
    text,
    '# HELP helios_x_bytes_total Help.\n# TYPE helios_x_bytes_total counter\nhelios_x_bytes_total{store="a \\"b\\" \\\\ c\\nd",l2="memory"} 3\n',
  );
  assert.equal(prometheusText([{ name: "y", type: "gauge", help: "Help.", value: null }]), "");
});

test("the estimate of distinct objects counts each content once, through checkpoints, kills and imports", async () => {
  const root = join(folder, "distinct");
  const helios = await Helios.open({ root });
  const vst = helios.checkout("main");
  const commit = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      vst.write(`file-${i % 10}`, `content ${i}`);
      vst.commit();
    }
  };
  const near = (store: Helios, count: number) => {
    const { distinct_objects_estimate: estimate } = store.stats();
    assert.ok(Math.abs(estimate - count) <= Math.max(2, 0.025 * count), `${estimate} is near ${count}`);
  };
  near(helios, 0);
  commit(0, 100);
  near(helios, 100);
  commit(50, 100);
  near(helios, 100);
  await helios.checkpoint();
  near(helios, 100);
  commit(100, 150);
  near(helios, 150);
  // A state too large for the journal goes into L2 at once.
  for (let i = 0; i < 5000; i++) vst.write(`many/${i}`, `of many ${i}`);
  vst.commit();
  near(helios, 5150);
  await helios.close();

  const copy = join(folder, "killed");
  const again = await Helios.open({ root });
  near(again, 5150);
  const line = again.checkout("main");
  for (let i = 0; i < 40; i++) {
    line.write("late", `late ${i}`);
    line.commit();
  }
  // What a kill leaves: the files as they are, the tail not in L2.
  cpSync(root, copy, { recursive: true });
  await again.close();
  const recovered = await Helios.open({ root: copy });
  near(recovered, 5190);
  await recovered.close();
});

test("a writer that closes leaves its files before the next one can open the store", async () => {
  const root = join(folder, "handover");
  const first = await storeWithCommits("handover", 1);
  const closing = first.close();
  let second: Helios | undefined;
  while (second === undefined)
    second = await Helios.open({ root }).catch((error: unknown) => {
      assert.ok(error instanceof HeliosError && error.code === "STORE_LOCKED", String(error));
      return undefined;
    });
  await closing;
  assert.equal(readStoredStats(root), undefined, "what the first left is not said while the second writes");
  assert.ok(existsSync(join(root, "writer.json")), "and the second is named as the writer");
  await second.close();
});

test("contents that a working set hands to L2 before its commit are counted too", async () => {
  const root = join(folder, "spilled");
  const helios = await Helios.open({ root });
  const vst = helios.checkout("main");
  // More than it holds in memory.
  for (let i = 0; i < 40; i++) vst.write(`large/${i}`, Buffer.alloc(1024 * 1024, `large ${i} `));
  vst.commit();
  await helios.close();
  const again = await Helios.open({ root });
  const { distinct_objects_estimate: estimate } = again.stats();
  assert.ok(Math.abs(estimate - 40) <= 2, `${estimate} is near 40`);
  await again.close();
});
