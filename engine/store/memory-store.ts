/**
 * L2 in memory: for durability class `memory`, and for tests. Keeps each space as a map from latin1 key to row and
 * sorts when a range is asked for, which only tests and small stores do.
 */
import { HeliosError } from "../errors.ts";
import { asBuffer } from "../object/ids.ts";
import {
  assertBatch,
  type ObjectStore,
  type RangeOptions,
  type Row,
  type Space,
  SPACES,
  type StoreWrite,
} from "./object-store.ts";

export class MemoryStore implements ObjectStore {
  readonly kind: string;
  readonly #spaces = new Map<Space, Map<string, Row>>(SPACES.map((space) => [space, new Map()]));
  #closed = false;

  /** The kind may be that of a store that has nothing in it yet. */
  constructor(kind = "memory") {
    this.kind = kind;
  }

  get(space: Space, key: Uint8Array): Buffer | undefined {
    return this.#space(space).get(asBuffer(key).toString("latin1"))?.value;
  }

  write(batch: readonly StoreWrite[]): void {
    assertBatch(batch);
    for (const write of batch) {
      const rows = this.#space(write.space);
      const name = asBuffer(write.key).toString("latin1");
      if (write.kind === "delete") rows.delete(name);
      else rows.set(name, { key: Buffer.from(write.key), value: Buffer.from(write.value) });
    }
  }

  range(space: Space, options: RangeOptions = {}): readonly Row[] {
    const { gte, lt, reverse = false, limit = Infinity } = options;
    const rows = [...this.#space(space).values()]
      .filter(
        ({ key }) =>
          (gte === undefined || key.compare(gte) >= 0) && (lt === undefined || key.compare(lt) < 0),
      )
      .sort((a, b) => (reverse ? b.key.compare(a.key) : a.key.compare(b.key)));
    return withinBytes(rows.slice(0, limit), options.limitBytes ?? Infinity);
  }

  async settle(): Promise<void> {
    this.#space("meta");
  }

  /** Its maps belong to one thread. */
  threadAccess(): undefined {}

  pauseThreads<T>(action: () => Promise<T>): Promise<T> {
    return action();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #space(space: Space): Map<string, Row> {
    if (this.#closed) throw new HeliosError("STORE_CLOSED", "the store is closed", "Open it again.");
    return this.#spaces.get(space)!;
  }
}

function withinBytes(rows: readonly Row[], limitBytes: number): readonly Row[] {
  let bytes = 0;
  const over = rows.findIndex(({ key, value }) => (bytes += key.length + value.length) > limitBytes);
  return over === -1 ? rows : rows.slice(0, over + 1);
}
