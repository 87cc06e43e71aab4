/** The store's counters as text: a table for people, JSON, and the Prometheus text format. */
import { type EngineStats, type Metric, metricsOf, prometheusText } from "@helios/engine/observability";
import type { LastValidation } from "./last-validation.ts";
import { groupDigits } from "./show.ts";

export const statsFormats = ["table", "json", "prometheus"] as const;
export type StatsFormat = (typeof statsFormats)[number];

export type StoreStats = EngineStats & {
  readonly version: number;
  readonly store: string;
  /** When the counters were taken, ISO 8601: when the last writer closed the store, or now. */
  readonly as_of: string;
  /** `closed`: left by the last writer. `opened`: of this process, which opened the store to see. */
  readonly source: "closed" | "opened";
  readonly io_reduction_percent: number | null;
  readonly io_reduction: LastValidation | null;
};

export function renderStats(stats: StoreStats, format: StatsFormat): string {
  switch (format) {
    case "table":
      return renderTable(stats);
    case "json":
      return `${JSON.stringify(stats, null, 2)}\n`;
    case "prometheus":
      return prometheusText([...metricsOf(stats), ...validationMetrics(stats)], {
        store: stats.store,
        l2: stats.l2,
        durability: stats.durability,
      });
  }
}

function validationMetrics({ io_reduction_percent, io_reduction }: StoreStats): Metric[] {
  return [
    {
      name: "io_reduction_percent",
      type: "gauge",
      help: "Bytes Git writes and Helios does not, percent, in the worst cell of the last validation.",
      value: io_reduction_percent,
    },
    {
      name: "io_reduction_measured_timestamp_seconds",
      type: "gauge",
      help: "When the last validation began, seconds since 1970.",
      value: io_reduction === null ? null : Date.parse(io_reduction.date) / 1000,
    },
  ];
}

function renderTable(stats: StoreStats): string {
  const taken =
    stats.source === "closed"
      ? `${stats.as_of} (the last writer closed the store)`
      : `${stats.as_of} (the store was opened to see)`;
  const rows: [string, string][] = [
    ["store", stats.store],
    ["as_of", taken],
    ["l2", stats.l2],
    ["durability", stats.durability],
    ...metricsOf(stats).map(({ name, value }): [string, string] => [name, showNumber(value)]),
    ["io_reduction_percent", showReduction(stats.io_reduction)],
  ];
  if (stats.checkpoints.failure !== null) rows.push(["checkpoint_failure", stats.checkpoints.failure]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

function showReduction(last: LastValidation | null): string {
  return last === null
    ? "not measured (helios-cli benchmark --phase0-validation)"
    : `${last.ioReductionPercent} (plan ${last.plan}, ${last.date}, ${last.outcome})`;
}

function showNumber(value: number | null): string {
  if (value === null) return "not measured";
  return Number.isInteger(value) ? groupDigits(value) : value.toFixed(1);
}
