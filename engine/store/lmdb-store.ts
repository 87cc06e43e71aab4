/**
 * L2 on LMDB, through the `lmdb` package (prebuilt for all common machines, no compiler needed): one environment, one
 * named database for each space, keys and values as they are. `lmdb-binding.ts` says what a commit syncs and why.
 *
 * LMDB reads in snapshots, and the package renews a thread's snapshot when its event loop turns. A thread that shares
 * the store therefore looks again before it calls something missing, and always for spaces whose values change.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { HeliosError } from "../errors.ts";
import { asBuffer } from "../object/ids.ts";
import {
  BINARY,
  COMMIT,
  type LmdbEnvironment,
  type LmdbSpace,
  openEnvironment,
  openError,
  readError,
  SYNCED,
  writeError,
} from "./lmdb-binding.ts";
import { serveWrites, WriteForwarder } from "./lmdb-forward.ts";
import { LmdbWriterLock } from "./lmdb-writer-lock.ts";
import {
  assertBatch,
  KEY_MAX_BYTES,
  type ObjectStore,
  type RangeOptions,
  type Row,
  type Space,
  SPACES,
  type StoreThreadAccess,
  type StoreWrite,
} from "./object-store.ts";
import { ThreadEntrance, ThreadGate } from "./thread-gate.ts";

interface OpenLmdb {
  readonly environment: LmdbEnvironment;
  readonly spaces: Readonly<Record<Space, LmdbSpace>>;
}

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

const ENVIRONMENT = { maxDbs: 2 * SPACES.length };
/** Their values are named by content: what a snapshot has of them is right, however old it is. */
const IMMUTABLE: ReadonlySet<Space> = new Set(["blobs", "nodes"]);

const LEAST_KEY = Buffer.from([0]);

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
    const lock = await LmdbWriterLock.acquire(location);
    try {
      return new LmdbStore(location, await openSpaces(location), lock);
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
    const { environment, spaces } = this.#enter();
    try {
      if (key.length === 0 || key.length > KEY_MAX_BYTES) return undefined;
      if (this.#isShared && !IMMUTABLE.has(space)) environment.resetReadTxn();
      const found = read(spaces[space], key);
      if (found !== undefined || !this.#isShared) return found;
      environment.resetReadTxn();
      return read(spaces[space], key);
    } catch (error) {
      throw readError(error);
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
    const { environment, spaces } = this.#enter();
    try {
      // Nothing is below the empty key, which LMDB cannot look for.
      if (options.lt?.length === 0 || options.limit === 0) return [];
      if (this.#isShared) environment.resetReadTxn();
      return Array.from(spaces[space].getRange(lmdbRange(options)), ({ key, value }) => ({
        key: ownBuffer(key),
        value: ownBuffer(value),
      }));
    } catch (error) {
      throw readError(error);
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

async function openSpaces(location: string): Promise<OpenLmdb> {
  const environment = await openEnvironment(location, ENVIRONMENT);
  try {
    const spaces = Object.fromEntries(SPACES.map((name) => [name, environment.openDB({ name, ...BINARY })]));
    return { environment, spaces: spaces as Record<Space, LmdbSpace> };
  } catch (error) {
    await environment.close();
    throw openError(error, location);
  }
}

function writeBatch({ environment, spaces }: OpenLmdb, batch: readonly StoreWrite[], sync: boolean): void {
  try {
    environment.transactionSync(
      () => {
        for (const write of batch) {
          const space = spaces[write.space];
          if (write.kind === "put") space.putSync(asBuffer(write.key), asBuffer(write.value));
          else space.removeSync(asBuffer(write.key));
        }
      },
      sync ? SYNCED : COMMIT,
    );
  } catch (error) {
    throw writeError(error);
  }
}

function read(space: LmdbSpace, key: Uint8Array): Buffer | undefined {
  const bytes = space.getBinary(asBuffer(key));
  return bytes === undefined ? undefined : ownBuffer(bytes);
}

/**
 * A plain Buffer over bytes that are the caller's. Long values come in a Buffer whose `length` the package has
 * overwritten, which other code need not respect.
 */
function ownBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function lmdbRange({ gte, lt, reverse = false, limit }: RangeOptions) {
  const lower = gte === undefined || gte.length === 0 ? undefined : asBound(gte);
  const upper = lt === undefined ? undefined : asBound(lt);
  const bounded = limit === undefined || limit < 0 ? {} : { limit };
  if (!reverse)
    return {
      ...bounded,
      ...(lower === undefined ? {} : { start: lower }),
      ...(upper === undefined ? {} : { end: upper }),
    };
  return {
    ...bounded,
    reverse,
    ...(upper === undefined ? {} : { start: upper, exclusiveStart: true }),
    // Left open, the package would leave out a key of one zero byte, which is the least there is.
    end: lower ?? LEAST_KEY,
    inclusiveEnd: true,
  };
}

/** The package refuses bounds longer than keys; no key is so long that the rest would tell it from the bound. */
function asBound(bytes: Uint8Array): Buffer {
  return asBuffer(bytes).subarray(0, KEY_MAX_BYTES + 1);
}

function closedError(): HeliosError {
  return new HeliosError("STORE_CLOSED", "the store is closed", "Open it again.");
}
