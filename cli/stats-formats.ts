/** The store's counters as text: a table for people, JSON, and the Prometheus text format (version 0.0.4). */
import type { EngineStats } from "@helios/engine";

export const statsFormats = ["table", "json", "prometheus"] as const;
export type StatsFormat = (typeof statsFormats)[number];

export type StoreStats = EngineStats & { readonly version: number; readonly store: string };

export function renderStats(stats: StoreStats, format: StatsFormat): string {
  switch (format) {
    case "table":
      return renderTable(stats);
    case "json":
      return `${JSON.stringify(stats, null, 2)}\n`;
    case "prometheus":
      return renderPrometheus(stats);
  }
}

interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  /** Null: nobody measured it. */
  readonly value: (stats: EngineStats) => number | null;
}

/** One row each; the table shows the name, Prometheus puts `helios_` before it and `_total` after a counter. */
const metrics: readonly Metric[] = [
  { name: "entries", type: "gauge", help: "Paths in the newest state of main.", value: (s) => s.entries },
  { name: "commits", type: "gauge", help: "Commits in the store.", value: (s) => s.commits },
  { name: "l1_hits", type: "counter", help: "Object reads answered from memory.", value: (s) => s.l1.hits },
  {
    name: "l1_misses",
    type: "counter",
    help: "Object reads not answered from memory.",
    value: (s) => s.l1.misses,
  },
  {
    name: "l1_evictions",
    type: "counter",
    help: "Objects dropped to stay within capacity.",
    value: (s) => s.l1.evictions,
  },
  { name: "l1_size_bytes", type: "gauge", help: "Bytes held in memory.", value: (s) => s.l1.sizeBytes },
  { name: "l1_items", type: "gauge", help: "Objects held in memory.", value: (s) => s.l1.items },
  {
    name: "l1_capacity_bytes",
    type: "gauge",
    help: "Most bytes that may be held in memory.",
    value: (s) => s.l1.capacityBytes,
  },
  {
    name: "commit_latency_us_p50",
    type: "gauge",
    help: "Median time to commit, microseconds.",
    value: (s) => s.commit_latency_us_p50,
  },
  {
    name: "commit_latency_us_p95",
    type: "gauge",
    help: "95th percentile of the time to commit, microseconds.",
    value: (s) => s.commit_latency_us_p95,
  },
  {
    name: "commit_latency_us_p99",
    type: "gauge",
    help: "99th percentile of the time to commit, microseconds.",
    value: (s) => s.commit_latency_us_p99,
  },
  { name: "new_objects", type: "counter", help: "Contents brought by commits.", value: (s) => s.new_objects },
  {
    name: "new_bytes",
    type: "counter",
    help: "Bytes of contents brought by commits.",
    value: (s) => s.new_bytes,
  },
  {
    name: "first_read_from_l2",
    type: "counter",
    help: "Objects that had to be read from the object store.",
    value: (s) => s.first_read_from_l2_total,
  },
  {
    name: "lazy_restore_promotions",
    type: "counter",
    help: "Of those, how many memory then kept.",
    value: (s) => s.lazy_restore_promotions,
  },
];

function renderTable(stats: StoreStats): string {
  const rows: [string, string][] = [
    ["store", stats.store],
    ["l2", stats.l2],
    ["durability", stats.durability],
    ...metrics.map(({ name, value }): [string, string] => [name, showNumber(value(stats))]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

function showNumber(value: number | null): string {
  if (value === null) return "not measured";
  return Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(1);
}

/** Labels of Prometheus escape backslash, quote and newline; nothing else. */
function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function renderPrometheus(stats: StoreStats): string {
  const labels = `{store="${escapeLabel(stats.store)}",l2="${escapeLabel(stats.l2)}",durability="${escapeLabel(stats.durability)}"}`;
  return metrics
    .map(({ name, type, help, value }) => {
      const number = value(stats);
      const full = `helios_${name}${type === "counter" ? "_total" : ""}`;
      return number === null
        ? ""
        : `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${full}${labels} ${number}\n`;
    })
    .join("");
}
