/**
 * The small door of the engine, `@helios/engine/observability`: where a store is and how it did, without loading what
 * opens one. A program that only shows numbers starts in half the time.
 */
export { discoverStore, type DiscoveredStore, type DiscoverOptions } from "../discover.ts";
export type { CheckpointStats, EngineStats, JournalStats } from "./engine-stats.ts";
export { type Metric, metricsOf, prometheusText } from "./metrics.ts";
export { readStoredStats, type StoredStats } from "./stored-stats.ts";
