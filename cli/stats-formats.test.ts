import assert from "node:assert/strict";
import { test } from "node:test";
import { renderStats, type StoreStats } from "./stats-formats.ts";

const stats: StoreStats = {
  version: 1,
  store: 'a "store" \\ here',
  as_of: "2025-01-02T03:04:05.678Z",
  source: "closed",
  entries: 1_234,
  commits: 2,
  l2: "rocksdb",
  durability: "process",
  l1: { hits: 10, misses: 3, evictions: 1, sizeBytes: 99, items: 4, capacityBytes: 64 },
  commit_latency_us_p50: 12.34,
  commit_latency_us_p95: null,
  commit_latency_us_p99: null,
  new_objects: 5,
  new_bytes: 6,
  distinct_objects_estimate: 5,
  first_read_from_l2_total: 3,
  lazy_restore_promotions: 2,
  journal: { sizeBytes: 1000, tailCommits: 7, tailBytes: 700 },
  checkpoints: { done: 1, failure: null },
  io_reduction_percent: 99.51,
  io_reduction: {
    ioReductionPercent: 99.51,
    lowerBoundPercent: 99.4,
    date: "2025-01-01T12:00:00Z",
    plan: "phase0",
    outcome: "go",
    report: ".helios-runs/20250101T120000Z-phase0/report.json",
  },
};

test("the table aligns names and says what was not measured", () => {
  const lines = renderStats(stats, "table").trimEnd().split("\n");
  assert.ok(lines.includes("entries                    1,234"));
  assert.ok(lines.includes("commit_latency_us_p50      12.3"));
  assert.ok(lines.includes("commit_latency_us_p95      not measured"));
  assert.ok(
    lines.includes("as_of                      2025-01-02T03:04:05.678Z (the last writer closed the store)"),
  );
});

test("the I/O reduction never stands without its date, and a failing checkpoint is told", () => {
  const row = "io_reduction_percent       ";
  assert.ok(renderStats(stats, "table").includes(`${row}99.51 (plan phase0, 2025-01-01T12:00:00Z, go)\n`));
  const none = { ...stats, io_reduction_percent: null, io_reduction: null };
  assert.ok(renderStats(none, "table").includes(`${row}not measured (`));
  assert.ok(!renderStats(none, "prometheus").includes("io_reduction"));
  const failing = { ...stats, checkpoints: { done: 1, failure: "no space" } };
  assert.ok(renderStats(failing, "table").includes("checkpoint_failure         no space\n"));
});

test("Prometheus gets help, type and value of what was measured, and nothing for the rest", () => {
  const text = renderStats(stats, "prometheus");
  const labels = '{store="a \\"store\\" \\\\ here",l2="rocksdb",durability="process"}';
  assert.ok(text.includes(`# TYPE helios_l1_hits_total counter\nhelios_l1_hits_total${labels} 10\n`));
  assert.ok(text.includes(`helios_first_read_from_l2_total${labels} 3\n`));
  assert.ok(
    text.includes(`# TYPE helios_commit_latency_us_p50 gauge\nhelios_commit_latency_us_p50${labels} 12.34\n`),
  );
  assert.ok(text.includes(`helios_io_reduction_percent${labels} 99.51\n`));
  assert.ok(text.includes(`helios_io_reduction_measured_timestamp_seconds${labels} 1735732800\n`));
  assert.ok(text.includes(`helios_checkpoint_failing${labels} 0\n`));
  assert.ok(!text.includes("p95"));
  for (const line of text.trimEnd().split("\n"))
    assert.match(line, /^(# (HELP|TYPE) helios_[a-z0-9_]+ .+|helios_[a-z0-9_]+\{.+\} [0-9.]+)$/);
});

test("JSON is the value itself", () => {
  assert.deepEqual(JSON.parse(renderStats(stats, "json")), stats);
});
