/**
 * The door to the object store itself (`@helios/engine/store`): its contract, the backends and the wrappers, for programs
 * that bring a backend of their own or use one without the engine around it. README.md says how.
 */
export {
  type Backend,
  backendOf,
  openFromThread,
  PERSISTENT_KINDS,
  type PersistentKind,
} from "./backends.ts";
export { CompressedStore, type CompressionOptions } from "./compressed-store.ts";
export type { BandReport } from "./compression-bands.ts";
export { CountedStore, type StoreCounters } from "./counted-store.ts";
export {
  atOperation,
  atRandom,
  type Fault,
  type FaultPlan,
  FaultyStore,
  type StoreOperation,
} from "./faulty-store.ts";
export { MemoryStore } from "./memory-store.ts";
export {
  assertBatch,
  KEY_MAX_BYTES,
  type ObjectStore,
  type RangeOptions,
  type Row,
  rowsOf,
  type Space,
  SPACES,
  type StoreThreadAccess,
  type StoreWrite,
  VALUE_MAX_BYTES,
} from "./object-store.ts";
export { ReadOnlyStore } from "./read-only-store.ts";
