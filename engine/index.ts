/** The door of the engine: what programs use. */
export { discoverStore, type DiscoveredStore, type DiscoverOptions } from "./discover.ts";
export { errnoOf, HeliosError, type HeliosErrorCode, type HeliosErrorOptions } from "./errors.ts";
export type { Durability } from "./core.ts";
export { type CommitRecord, type EngineStats, Helios, type OpenOptions, type Ref } from "./helios.ts";
export type { EntryMode } from "./object/entry-mode.ts";
export { parseSnapshotId, type SnapshotId } from "./object/ids.ts";
export type { RangeOptions } from "./tree/range.ts";
export type { Entry } from "./vst/entry.ts";
export type { MaterializeOptions, MaterializeResult } from "./vst/materialize.ts";
export { restoreDirectory, type RestoreOptions, type RestoreResult } from "./vst/restore-directory.ts";
export { compileSelectors } from "./vst/selectors.ts";
export { rememberScan, scanDirectory, type ScanOptions, type ScanResult } from "./vst/scan.ts";
export type { CommitMetrics, Snapshot } from "./vst/snapshot.ts";
export { type Change, DEFAULT_REF } from "./vst/states.ts";
export { countChangedLines, isBinary, type LineCounts, unifiedHunks } from "./vst/text-diff.ts";
export type { CommitOptions, Vst, WriteOptions } from "./vst/vst.ts";
