/**
 * L2 on LMDB, through the `lmdb` package (prebuilt for all common machines, no compiler needed): one environment, one
 * named database for each space, keys and values as they are. `lmdb-binding.ts` says what a commit syncs and why.
 *
 * LMDB reads in snapshots, and the package renews a thread's snapshot when its event loop turns. A thread that shares
 * the store therefore looks again before it calls something missing, and always for spaces whose values change.
 */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { HeliosError } from "../errors.ts";
import type { Backend } from "./backends.ts";
import { LMDB_FILE, lmdbUnavailable } from "./lmdb-binding.ts";
import { syncDirectory } from "./format.ts";
import { serveWrites, WriteForwarder } from "./lmdb-forward.ts";
import { openLmdbReader } from "./lmdb-reader.ts";
import { type OpenLmdb, openSpaces, readRange, readValue, writeBatch } from "./lmdb-spaces.ts";
import { LmdbWriterLock } from "./lmdb-writer-lock.ts";
import {
  assertBatch,
  type ObjectStore,
  type RangeOptions,
  type Row,
  type Space,
  type StoreThreadAccess,
  type StoreWrite,
} from "./object-store.ts";
import { ThreadEntrance, ThreadGate } from "./thread-gate.ts";

/** Other threads see the store through these. */
interface Sharing {
  readonly gate: ThreadGate;
  readonly channel: string;
  readonly server: { close(): void };
}

/** What a thread that did not open the store has instead. */
interface Guest {
  readonly entrance: ThreadEntrance;
  readonly forwarder: WriteForwarder;
  readonly channel: string;
}

/** Their values are named by content: what a snapshot has of them is right, however old it is. */
const IMMUTABLE: ReadonlySet<Space> = new Set(["blobs", "nodes"]);

export class LmdbStore implements ObjectStore {
  readonly kind = "lmdb";
  readonly #location: string;
  #open: OpenLmdb | undefined;
  readonly #lock: LmdbWriterLock | undefined;
  readonly #guest: Guest | undefined;
  #sharing: Sharing | undefined;

  private constructor(location: string, open: OpenLmdb, lock?: LmdbWriterLock, guest?: Guest) {
    this.#location = location;
    this.#open = open;
    this.#lock = lock;
    this.#guest = guest;
  }

  /** Opens or makes the store. L2_UNAVAILABLE, STORE_LOCKED, STORE_CORRUPT. About 10 ms. */
  static async open(location: string): Promise<LmdbStore> {
    mkdirSync(location, { recursive: true });
    const isNew = !existsSync(join(location, LMDB_FILE));
    const lock = await LmdbWriterLock.acquire(location);
    try {
      const open = await openSpaces(location);
      // LMDB syncs its file and not the names that lead to it.
      if (isNew) for (const directory of [location, dirname(location)]) syncDirectory(directory);
      return new LmdbStore(location, open, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** The store another thread of the process has open. STORE_CLOSED when it no longer has. */
  static async openFromThread(access: StoreThreadAccess): Promise<LmdbStore> {
    const entrance = new ThreadEntrance(access.gate!);
    if (!entrance.enter()) {
      entrance.release();
      throw closedError();
    }
    try {
      const open = await openSpaces(access.location);
      const channel = access.channel!;
      return new LmdbStore(access.location, open, undefined, {
        entrance,
        forwarder: new WriteForwarder(channel),
        channel,
      });
    } finally {
      entrance.leave();
    }
  }

  get(space: Space, key: Uint8Array): Buffer | undefined {
    const open = this.#enter();
    try {
      if (this.#isShared && !IMMUTABLE.has(space)) open.environment.resetReadTxn();
      const found = readValue(open, space, key);
      if (found !== undefined || !this.#isShared) return found;
      open.environment.resetReadTxn();
      return readValue(open, space, key);
    } finally {
      this.#leave();
    }
  }

  write(batch: readonly StoreWrite[], options: { readonly sync?: boolean } = {}): void {
    const open = this.#enter();
    try {
      assertBatch(batch);
      const sync = options.sync ?? false;
      if (this.#guest?.forwarder.write(batch, sync) !== true) writeBatch(open, batch, sync);
    } finally {
      this.#leave();
    }
  }

  range(space: Space, options: RangeOptions = {}): readonly Row[] {
    const open = this.#enter();
    try {
      if (this.#isShared) open.environment.resetReadTxn();
      return readRange(open, space, options);
    } finally {
      this.#leave();
    }
  }

  /** LMDB works only while it is called; pages held back by readers that died are given back here. */
  async settle(): Promise<void> {
    const { environment } = this.#enter();
    try {
      environment.readerCheck();
    } finally {
      this.#leave();
    }
  }

  threadAccess(): StoreThreadAccess {
    this.#enter();
    this.#leave();
    const { gate, channel } = this.#guest === undefined ? this.#share() : guestAccess(this.#guest);
    return { kind: this.kind, location: this.#location, gate: gate.shared, channel };
  }

  pauseThreads<T>(action: () => Promise<T>): Promise<T> {
    return this.#sharing === undefined ? action() : this.#sharing.gate.hold(action);
  }

  /** In a thread that did not open the store: lets go of it. Otherwise closes it for all, once no thread is inside. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    // Threads that still write are waiting for this one's server.
    await this.#sharing?.gate.shut();
    this.#sharing?.server.close();
    if (this.#guest !== undefined) await this.#closeGuest(this.#guest, open);
    else {
      await open.environment.close();
      await this.#lock?.release();
    }
  }

  async #closeGuest({ entrance, forwarder }: Guest, open: OpenLmdb): Promise<void> {
    forwarder.close();
    // Not to be terminated meanwhile; where the gate is shut, the first thread is closing the store and waits no longer.
    entrance.enter();
    await open.environment.close();
    entrance.release();
  }

  get #isShared(): boolean {
    return this.#sharing !== undefined || this.#guest !== undefined;
  }

  #share(): Sharing {
    if (this.#sharing !== undefined) return this.#sharing;
    const channel = `helios-lmdb-${randomUUID()}`;
    // Not through `write`: while the store closes, those inside are still served.
    const open = this.#open!;
    const server = serveWrites(channel, (batch, { sync }) => writeBatch(open, batch, sync));
    return (this.#sharing = { gate: new ThreadGate(), channel, server });
  }

  /** Whoever gets the store leaves afterwards. */
  #enter(): OpenLmdb {
    if (this.#open === undefined || this.#guest?.entrance.enter() === false) throw closedError();
    return this.#open;
  }

  #leave(): void {
    this.#guest?.entrance.leave();
  }
}

const guestAccess = ({ entrance, channel }: Guest) => ({ gate: entrance, channel });

function closedError(): HeliosError {
  return new HeliosError("STORE_CLOSED", "the store is closed", "Open it again.");
}

export const lmdbBackend: Backend = {
  unavailable: lmdbUnavailable,
  open: (location) => LmdbStore.open(location),
  openReader: openLmdbReader,
  openFromThread: (access) => LmdbStore.openFromThread(access),
};
