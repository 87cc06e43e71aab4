/** The counters of a store as named metrics: the rows of tables and of the Prometheus text format (version 0.0.4). */
import type { EngineStats } from "./engine-stats.ts";

/** One number of a store. */
export interface Metric {
  /** Lower case with `_`, the unit at the end; Prometheus puts `helios_` before it and `_total` after a counter. */
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  /** Null: nobody measured it. */
  readonly value: number | null;
}

type Row = readonly [
  name: string,
  type: Metric["type"],
  help: string,
  value: (stats: EngineStats) => number | null,
];

const rows: readonly Row[] = [
  ["entries", "gauge", "Paths in the newest state of main.", (s) => s.entries],
  ["commits", "gauge", "Commits in the store.", (s) => s.commits],
  ["l1_hits", "counter", "Object reads answered from memory.", (s) => s.l1.hits],
  ["l1_misses", "counter", "Object reads not answered from memory.", (s) => s.l1.misses],
  ["l1_evictions", "counter", "Objects dropped to stay within capacity.", (s) => s.l1.evictions],
  ["l1_size_bytes", "gauge", "Bytes held in memory.", (s) => s.l1.sizeBytes],
  ["l1_items", "gauge", "Objects held in memory.", (s) => s.l1.items],
  ["l1_capacity_bytes", "gauge", "Most bytes that may be held in memory.", (s) => s.l1.capacityBytes],
  ["commit_latency_us_p50", "gauge", "Median time to commit, microseconds.", (s) => s.commit_latency_us_p50],
  [
    "commit_latency_us_p95",
    "gauge",
    "95th percentile of the time to commit, microseconds.",
    (s) => s.commit_latency_us_p95,
  ],
  [
    "commit_latency_us_p99",
    "gauge",
    "99th percentile of the time to commit, microseconds.",
    (s) => s.commit_latency_us_p99,
  ],
  ["new_objects", "counter", "Contents brought by commits.", (s) => s.new_objects],
  ["new_bytes", "counter", "Bytes of contents brought by commits.", (s) => s.new_bytes],
  [
    "distinct_objects_estimate",
    "gauge",
    "Different contents ever committed, estimated.",
    (s) => s.distinct_objects_estimate,
  ],
  [
    "first_read_from_l2",
    "counter",
    "Objects that had to be read from the object store.",
    (s) => s.first_read_from_l2_total,
  ],
  [
    "lazy_restore_promotions",
    "counter",
    "Of those, how many memory then kept.",
    (s) => s.lazy_restore_promotions,
  ],
  ["journal_size_bytes", "gauge", "Bytes of the journal's files.", (s) => s.journal.sizeBytes],
  [
    "journal_tail_commits",
    "gauge",
    "Commits that the next opening would replay.",
    (s) => s.journal.tailCommits,
  ],
  ["journal_tail_bytes", "gauge", "Bytes of their records.", (s) => s.journal.tailBytes],
  ["checkpoints", "counter", "Checkpoints done.", (s) => s.checkpoints.done],
  [
    "checkpoint_failing",
    "gauge",
    "1 while the last checkpoint in the background came to nothing.",
    (s) => (s.checkpoints.failure === null ? 0 : 1),
  ],
];

/** Every metric of a store, in the order they are shown. */
export function metricsOf(stats: EngineStats): Metric[] {
  return rows.map(([name, type, help, value]) => ({ name, type, help, value: value(stats) }));
}

/** What Prometheus scrapes. Labels go to every metric; one that nobody measured is left out. */
export function prometheusText(
  metrics: readonly Metric[],
  labels: Readonly<Record<string, string>> = {},
): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  const set = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
  return metrics
    .map(({ name, type, help, value }) => {
      const full = `helios_${name}${type === "counter" ? "_total" : ""}`;
      return value === null ? "" : `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${full}${set} ${value}\n`;
    })
    .join("");
}

/** Values of labels escape backslash, quote and newline; nothing else. */
function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
