/**
 * The owner's side of a store used from several threads.
 *
 * A `Helios` belongs to the thread that opened it: its tree nodes, caches and journal are plain memory, and that is why a
 * commit takes microseconds. A worker therefore asks the owner, over a message port. The owner carries out each request
 * whole, between two turns of its event loop, so requests of different workers never mix, and a ref moves by
 * compare-and-swap as it does for tasks of one thread.
 *
 * What a request costs is the trip: 4 to 17 us for the messages, more while the owner is busy. It pays when a worker
 * computes for longer than that between two requests; work on the store alone is quicker on the owner itself.
 *
 * Each line of the two tables below is one operation; `connect.ts` takes its types from them.
 */
import type { MessagePort } from "node:worker_threads";
import { HeliosError } from "../errors.ts";
import type { Helios } from "../helios.ts";
import type { SnapshotId } from "../object/ids.ts";
import type { RangeOptions } from "../tree/range.ts";
import type { MaterializeOptions } from "../vst/materialize.ts";
import type { Snapshot } from "../vst/snapshot.ts";
import type { CommitOptions, Vst, WriteOptions } from "../vst/vst.ts";
import { type Answer, type Failure, isRequest, type Request } from "./protocol.ts";

/** A working set held for a worker. */
export interface VstHandle {
  readonly vst: number;
  readonly ref: string | undefined;
}

/** One change of `apply`: content for a path, or none to delete it. */
export interface PathUpdate {
  readonly path: string;
  /** Undefined: the path is deleted. */
  readonly content: Uint8Array | string | undefined;
  readonly mode?: WriteOptions["mode"];
}

/** One served port: its working sets, and the store they belong to. */
class Session {
  readonly helios: Helios;
  readonly #sets = new Map<number, Vst>();
  #last = 0;

  constructor(helios: Helios) {
    this.helios = helios;
  }

  keep(vst: Vst): VstHandle {
    const handle = ++this.#last;
    this.#sets.set(handle, vst);
    return { vst: handle, ref: vst.ref };
  }

  vst(handle: number): Vst {
    const vst = this.#sets.get(handle);
    if (vst === undefined)
      throw new HeliosError("STORE_CLOSED", "this working set was released", "Check it out again.");
    return vst;
  }

  release(handle: number): void {
    this.#sets.delete(handle);
  }
}

const storeOperations = {
  vst: ({ helios, keep }: Bound) => keep(helios.vst()),
  checkout: ({ helios, keep }: Bound, target: string) => keep(helios.checkout(target)),
  resolve: ({ helios }: Bound, text: string) => helios.resolve(text),
  read: ({ helios }: Bound, snapshot: SnapshotId, path: string) => helios.read(snapshot, path),
  list: ({ helios }: Bound, snapshot: SnapshotId, prefix?: string) => helios.list(snapshot, prefix),
  range: ({ helios }: Bound, snapshot: SnapshotId, options: RangeOptions) => helios.range(snapshot, options),
  count: ({ helios }: Bound, snapshot: SnapshotId, prefix?: string) => helios.count(snapshot, prefix),
  diff: ({ helios }: Bound, from: SnapshotId, to: SnapshotId) => helios.diff(from, to),
  materialize: ({ helios }: Bound, snapshot: SnapshotId, out: string, options?: MaterializeOptions) =>
    helios.materialize(snapshot, out, options),
  refs: ({ helios }: Bound) => helios.refs(),
  setRef: ({ helios }: Bound, name: string, commit: string, expected: string | undefined) =>
    helios.setRef(name, commit, expected),
  deleteRef: ({ helios }: Bound, name: string, expected: string) => helios.deleteRef(name, expected),
  log: ({ helios }: Bound, from?: string, limit?: number) => helios.log(from, limit),
  stats: ({ helios }: Bound) => helios.stats(),
  durable: ({ helios }: Bound) => helios.durable(),
};

const vstOperations = {
  write: (vst: Vst, _: Bound, path: string, content: Uint8Array | string, options?: WriteOptions) =>
    vst.write(path, content, options),
  delete: (vst: Vst, _: Bound, path: string) => vst.delete(path),
  apply: (vst: Vst, _: Bound, updates: readonly PathUpdate[]) => {
    for (const { path, content, mode } of updates)
      if (content === undefined) vst.delete(path);
      else vst.write(path, content, mode === undefined ? {} : { mode });
  },
  read: (vst: Vst, _: Bound, path: string) => vst.read(path),
  has: (vst: Vst, _: Bound, path: string) => vst.has(path),
  entry: (vst: Vst, _: Bound, path: string) => vst.entry(path),
  list: (vst: Vst, _: Bound, prefix?: string) => vst.list(prefix),
  size: (vst: Vst) => vst.size,
  fork: (vst: Vst, { keep }: Bound) => keep(vst.fork()),
  restore: (vst: Vst, _: Bound, target: string) => {
    vst.restore(target);
    return { ref: vst.ref };
  },
  // The id is in every answer: reading it costs less than asking again.
  commit: (vst: Vst, _: Bound, message?: string, options?: CommitOptions) =>
    committed(vst, vst.commit(message, options)),
  commitAsync: async (vst: Vst, _: Bound, message?: string, options?: CommitOptions) =>
    committed(vst, await vst.commitAsync(message, options)),
};

export type StoreOperations = typeof storeOperations;
export type VstOperations = typeof vstOperations;

interface Bound {
  readonly helios: Helios;
  keep(this: void, vst: Vst): VstHandle;
}

function committed(vst: Vst, { commit, id, metrics }: Snapshot) {
  return { commit, id, metrics, ref: vst.ref };
}

/**
 * Answers the requests that `connect` makes on the other end of a port, until the port or the store is closed. A port is
 * for one worker; call this once for each. Working sets of a worker are let go when its port closes, which the end of
 * the worker does too. The function it returns closes the port.
 */
export function serve(helios: Helios, port: MessagePort): () => void {
  const session = new Session(helios);
  const bound: Bound = { helios, keep: (vst) => session.keep(vst) };
  port.on("message", (message: unknown) => {
    if (!isRequest(message)) return;
    if (message.method === "release") session.release(message.vst!);
    else void answer(port, message, session, bound);
  });
  return () => port.close();
}

/** Synchronous up to the answer for all operations but the few that are asynchronous themselves. */
async function answer(port: MessagePort, request: Request, session: Session, bound: Bound): Promise<void> {
  const { id } = request;
  try {
    const result = perform(request, session, bound);
    const value = result instanceof Promise ? ((await result) as unknown) : result;
    // What is read may be the cache's own, or a part of a large buffer: the copy is what travels.
    if (value instanceof Uint8Array) {
      const copy = new Uint8Array(value);
      post(port, { id, value: copy }, [copy.buffer]);
    } else {
      post(port, { id, value });
    }
  } catch (error) {
    post(port, { id, failure: failureOf(error) });
  }
}

function post(port: MessagePort, message: Answer, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

type AnyOperation = (...parameters: unknown[]) => unknown;

function perform({ vst, method, parameters }: Request, session: Session, bound: Bound): unknown {
  const table: object = vst === undefined ? storeOperations : vstOperations;
  if (!Object.hasOwn(table, method)) throw new TypeError(`no operation is called ${method}`);
  const operation = (table as Record<string, AnyOperation>)[method]!;
  return vst === undefined
    ? operation(bound, ...parameters)
    : operation(session.vst(vst), bound, ...parameters);
}

/** Structured clone keeps of an error its message alone. */
function failureOf(error: unknown): Failure {
  if (error instanceof HeliosError)
    return { message: error.message, code: error.code, remedy: error.remedy, path: error.path };
  return { message: error instanceof Error ? error.message : String(error) };
}
