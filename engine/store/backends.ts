/**
 * Every backend of L2, by hand. To add one: a file `<name>-store.ts`, a line here, a call to the suite in its test.
 * A backend is imported when it is first opened, so that the native part of another one costs nothing.
 */
import type { ObjectStore, StoreThreadAccess } from "./object-store.ts";

export interface Backend {
  /** Opens or makes the store in a directory, for the one process that may write to it. */
  open(location: string): Promise<ObjectStore>;
  /** In another thread of the same process, the store that `access` came from. Its `close` leaves that one open. */
  openFromThread(access: StoreThreadAccess): Promise<ObjectStore>;
}

export const backends = {
  rocksdb: {
    open: async (location) => (await import("./rocksdb-store.ts")).RocksdbStore.open(location),
    openFromThread: async (access) =>
      (await import("./rocksdb-store.ts")).RocksdbStore.openFromThread(access),
  },
  lmdb: {
    open: async (location) => (await import("./lmdb-store.ts")).LmdbStore.open(location),
    openFromThread: async (access) => (await import("./lmdb-store.ts")).LmdbStore.openFromThread(access),
  },
} as const satisfies Readonly<Record<string, Backend>>;

/** Backends that keep what they are given. */
export type PersistentKind = keyof typeof backends;

/** In a worker thread: the store whose `threadAccess()` was posted to it. STORE_CLOSED when it has been closed since. */
export function openFromThread(access: StoreThreadAccess): Promise<ObjectStore> {
  return backends[access.kind as PersistentKind].openFromThread(access);
}
