/**
 * A store around a store that fails on demand: for tests of whatever stands on a store. A plan is asked before each
 * operation and names a fault or none; it knows nothing but the operation, so a seeded plan fails in the same way each
 * time.
 */
import { HeliosError } from "../errors.ts";
import type { ObjectStore, RangeOptions, Row, Space, StoreThreadAccess, StoreWrite } from "./object-store.ts";

export interface StoreOperation {
  readonly kind: "get" | "write" | "range" | "settle" | "close";
  /** Number of the operation among those of its kind, from 1. */
  readonly n: number;
  /** Of a get or a range. */
  readonly space?: Space;
}

export type Fault =
  /** The disk refuses: EIO becomes STORE_FAILED, ENOSPC DISK_FULL. Nothing is read or written. */
  | { readonly kind: "refuse"; readonly errno: "EIO" | "ENOSPC" }
  /** A write stops after some of its batch and is refused: a backend that breaks its promise of all or nothing. */
  | { readonly kind: "tear"; readonly afterWrites: number }
  /** A write is acknowledged and not done: a disk that lies. */
  | { readonly kind: "lose" }
  /** A value that is read has one bit changed; its number is taken modulo the bits there are. */
  | { readonly kind: "flip"; readonly bit: number }
  /** The operation takes longer. It blocks the thread, as a slow disk does. */
  | { readonly kind: "delay"; readonly ms: number };

export type FaultPlan = (operation: StoreOperation) => Fault | undefined;

/** The fault at the n-th operation of a kind, once; none else. */
export function atOperation(kind: StoreOperation["kind"], n: number, fault: Fault): FaultPlan {
  return (operation) => (operation.kind === kind && operation.n === n ? fault : undefined);
}

/** One of some faults at random, in `rate` of the operations of some kinds (0 to 1). The same seed, the same faults. */
export function atRandom(
  seed: number,
  rate: number,
  kinds: readonly StoreOperation["kind"][],
  faults: readonly Fault[],
): FaultPlan {
  let state = seed >>> 0;
  // mulberry32
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return (operation) => {
    if (!kinds.includes(operation.kind)) return undefined;
    // Both are drawn each time, so that the rate does not change which fault comes where.
    const [hit, choice] = [random(), random()];
    return hit < rate ? faults[Math.floor(choice * faults.length)] : undefined;
  };
}

export class FaultyStore implements ObjectStore {
  readonly kind: string;
  readonly #inner: ObjectStore;
  readonly #plan: FaultPlan;
  readonly #seen = new Map<StoreOperation["kind"], number>();
  /** Faults so far, the newest last. */
  readonly faults: { readonly operation: StoreOperation; readonly fault: Fault }[] = [];

  constructor(inner: ObjectStore, plan: FaultPlan) {
    this.kind = inner.kind;
    this.#inner = inner;
    this.#plan = plan;
  }

  get(space: Space, key: Uint8Array): Buffer | undefined {
    const fault = this.#next("get", space);
    const value = this.#inner.get(space, key);
    return fault?.kind === "flip" && value !== undefined ? flipped(value, fault.bit) : value;
  }

  write(batch: readonly StoreWrite[], options?: { readonly sync?: boolean }): void {
    const fault = this.#next("write");
    if (fault?.kind === "lose") return;
    if (fault?.kind === "tear") {
      this.#inner.write(batch.slice(0, fault.afterWrites), options);
      throw refusal("EIO", "write");
    }
    this.#inner.write(batch, options);
  }

  range(space: Space, options?: RangeOptions): readonly Row[] {
    const fault = this.#next("range", space);
    const rows = this.#inner.range(space, options);
    if (fault?.kind !== "flip" || rows.length === 0) return rows;
    const at = fault.bit % rows.length;
    return rows.map((row, i) => (i === at ? { key: row.key, value: flipped(row.value, fault.bit) } : row));
  }

  async settle(): Promise<void> {
    this.#next("settle");
    await this.#inner.settle();
  }

  /** What another thread does is not subject to the plan. */
  threadAccess(): StoreThreadAccess | undefined {
    return this.#inner.threadAccess();
  }

  pauseThreads<T>(action: () => Promise<T>): Promise<T> {
    return this.#inner.pauseThreads(action);
  }

  async close(): Promise<void> {
    this.#next("close");
    await this.#inner.close();
  }

  /** Counts the operation and lets a refusal or a delay happen; the other faults are the caller's to make. */
  #next(kind: StoreOperation["kind"], space?: Space): Fault | undefined {
    const n = (this.#seen.get(kind) ?? 0) + 1;
    this.#seen.set(kind, n);
    const operation = space === undefined ? { kind, n } : { kind, n, space };
    const fault = this.#plan(operation);
    if (fault === undefined) return undefined;
    this.faults.push({ operation, fault });
    if (fault.kind === "refuse") throw refusal(fault.errno, kind);
    if (fault.kind === "delay") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.ms);
    return fault;
  }
}

function flipped(value: Buffer, bit: number): Buffer {
  const copy = Buffer.from(value);
  if (copy.length === 0) return copy;
  const at = bit % (8 * copy.length);
  copy[at >> 3]! ^= 1 << (at & 7);
  return copy;
}

function refusal(errno: "EIO" | "ENOSPC", operation: string): HeliosError {
  return errno === "ENOSPC"
    ? new HeliosError("DISK_FULL", "the object store cannot grow: ENOSPC", "Free some space and try again.")
    : new HeliosError(
        "STORE_FAILED",
        `the object store refused a ${operation}: EIO`,
        "Check the disk of the store.",
      );
}
