/** The door of the engine: what programs use. */
export { connect, RemoteHelios, type RemoteSnapshot, RemoteVst } from "./concurrency/connect.ts";
export { type PathUpdate, serve } from "./concurrency/serve.ts";
export { discoverStore, type DiscoveredStore, type DiscoverOptions } from "./discover.ts";
export { errnoOf, HeliosError, type HeliosErrorCode, type HeliosErrorOptions } from "./errors.ts";
export type { Consistency } from "./consistency.ts";
export type { Durability } from "./core.ts";
export { Forest, type ForestOptions } from "./forest/forest.ts";
export type { ForestDiff, TreeDiff } from "./forest/diff.ts";
export type { ForestSnapshot } from "./forest/forest-snapshot.ts";
export type { ForestTree } from "./forest/forest-tree.ts";
export type { PartitionRules } from "./forest/partition.ts";
export type { TreeDamage } from "./forest/subtree-check.ts";
export type { ForestVerifyOptions, ForestVerifyReport, VerifiedPart } from "./forest/verify.ts";
export { FOREST_PROOF_FORMAT, type ForestProof, type TreeProof } from "./forest/proof.ts";
export { type ForestProofFlaw, type ForestProofVerdict, verifyForestProof } from "./forest/verify-proof.ts";
export {
  collectGarbage,
  type CollectOptions,
  type CollectResult,
  type CollectStep,
  DEFAULT_GRACE_MS,
} from "./gc.ts";
export type { Freed, FreedSpaces } from "./gc/sweep.ts";
export { type CommitRecord, Helios, type OpenOptions, type Ref } from "./helios.ts";
export {
  channels,
  type CheckpointEvent,
  type CloseEvent,
  type CommitEvent,
  type EngineEvents,
  type EngineTopic,
  type OpenEvent,
  type RefEvent,
  type RefreshEvent,
} from "./observability/channels.ts";
export type { CheckpointStats, EngineStats, JournalStats } from "./observability/engine-stats.ts";
export { type EventLogOptions, logEvents } from "./observability/event-log.ts";
export { type Metric, metricsOf, prometheusText } from "./observability/metrics.ts";
export type { CommitHook } from "./observability/observer.ts";
export {
  type BestState,
  type Evaluation,
  type Proposal,
  Random,
  search,
  type SearchBudget,
  type SearchContext,
  type SearchEnd,
  type SearchOptions,
  type SearchProblem,
  type SearchProgress,
  type SearchResult,
  type SearchState,
} from "./mcts/index.ts";
export type { EntryMode } from "./object/entry-mode.ts";
export { parseSnapshotId, type SnapshotId } from "./object/ids.ts";
export { PERSISTENT_KINDS, type PersistentKind } from "./store/backends.ts";
export { type SpaceInfo, storeInfo, type StoreInfo } from "./store/info.ts";
export type { L1Counters } from "./store/l1-cache.ts";
export {
  type MigrateOptions,
  type MigrateProgress,
  type MigrateResult,
  migrateStore,
} from "./store/migrate.ts";
export type { Space } from "./store/object-store.ts";
export type { ConflictKind } from "./tree/merge.ts";
export { type Proof, PROOF_FORMAT, type ProofQuery } from "./tree/proof.ts";
export type { RangeOptions } from "./tree/range.ts";
export { type ProofFlaw, type ProofVerdict, type ProvedEntry, verifyProof } from "./tree/verify-proof.ts";
export {
  type Damage,
  type DamagedKind,
  type SampleReport,
  type VerifyOptions,
  type VerifyReport,
  type VerifyStep,
  verifyStore,
} from "./verify.ts";
export { contentHash, type Entry } from "./vst/entry.ts";
export type {
  MaterializeEntry,
  MaterializeOptions,
  MaterializeResult,
  ObjectReader,
} from "./vst/materialize.ts";
export type {
  ConflictResolution,
  MergeConflict,
  MergeOptions,
  MergeRelation,
  MergeResult,
} from "./vst/merge.ts";
export {
  restoreDirectory,
  type RestoreOptions,
  type RestoreResult,
  type RestoreState,
  type RestoreStates,
} from "./vst/restore-directory.ts";
export { compileSelectors, type PathSelector } from "./vst/selectors.ts";
export {
  beginScan,
  type BegunScan,
  type FileToStore,
  rememberScan,
  scanDirectory,
  type ScanOptions,
  type ScanResult,
  type ScanTarget,
  type SkippedFile,
} from "./vst/scan.ts";
export { directoryStatus, type DirectoryStatus, type StatusChange } from "./vst/status.ts";
export type { CommitMetrics, Snapshot } from "./vst/snapshot.ts";
export { type Change, DEFAULT_REF } from "./vst/states.ts";
export { countChangedLines, isBinary, type LineCounts, unifiedHunks } from "./vst/text-diff.ts";
export type { CommitOptions, Vst, WriteOptions } from "./vst/vst.ts";
