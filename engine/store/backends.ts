/**
 * Every backend of L2, by hand. To add one: a file `<name>-store.ts`, a line here, a call to the suite in its test.
 * A backend is imported when it is first asked for, so that the native part of another one costs nothing.
 */
import type { HeliosError } from "../errors.ts";
import type { ObjectStore, StoreThreadAccess } from "./object-store.ts";

export interface Backend {
  /** Why it cannot be used on this machine (L2_UNAVAILABLE), or undefined where it can. Loads its native part. */
  unavailable(): Promise<HeliosError | undefined>;
  /** Opens or makes the store in a directory, for the one process that may write to it. */
  open(location: string): Promise<ObjectStore>;
  /**
   * Opens what a directory holds at this moment, for reading, while another process may write to it. The view stays as
   * it is; open another one for what came later. Writing to it fails with STORE_READ_ONLY.
   */
  openReader(location: string): Promise<ObjectStore>;
  /** In another thread of the same process, the store that `access` came from. Its `close` leaves that one open. */
  openFromThread(access: StoreThreadAccess): Promise<ObjectStore>;
}

/** Names of the backends, the preferred one first. */
export const PERSISTENT_KINDS = ["rocksdb", "lmdb"] as const;

/** Backends that keep what they are given. */
export type PersistentKind = (typeof PERSISTENT_KINDS)[number];

/** A new store takes the first one that works here. */
export const DEFAULT_KIND: PersistentKind = "rocksdb";
export const FALLBACK_KIND: PersistentKind = "lmdb";

const loaders: Readonly<Record<PersistentKind, () => Promise<Backend>>> = {
  rocksdb: async () => (await import("./rocksdb-store.ts")).rocksdbBackend,
  lmdb: async () => (await import("./lmdb-store.ts")).lmdbBackend,
};

export function backendOf(kind: PersistentKind): Promise<Backend> {
  return loaders[kind]();
}

export function isPersistentKind(kind: string): kind is PersistentKind {
  return (PERSISTENT_KINDS as readonly string[]).includes(kind);
}

/** In a worker thread: the store whose `threadAccess()` was posted to it. STORE_CLOSED when it has been closed since. */
export async function openFromThread(access: StoreThreadAccess): Promise<ObjectStore> {
  return (await backendOf(access.kind as PersistentKind)).openFromThread(access);
}
