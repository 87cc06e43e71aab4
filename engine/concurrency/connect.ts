/**
 * A worker's side of a store that another thread has open (`serve.ts`): the operations of `Helios` and `Vst`, each as a
 * promise. Requests of one port are carried out in the order they are made, so a caller need not wait for one before
 * making the next.
 */
import type { MessagePort } from "node:worker_threads";
import { HeliosError } from "../errors.ts";
import type { CommitRecord, Ref } from "../helios.ts";
import type { SnapshotId } from "../object/ids.ts";
import type { EngineStats } from "../observability/engine-stats.ts";
import type { RangeOptions } from "../tree/range.ts";
import type { Entry } from "../vst/entry.ts";
import type { MaterializeOptions, MaterializeResult } from "../vst/materialize.ts";
import type { CommitMetrics } from "../vst/snapshot.ts";
import type { Change } from "../vst/states.ts";
import type { CommitOptions, WriteOptions } from "../vst/vst.ts";
import type { Answer, Failure } from "./protocol.ts";
import type { PathUpdate, StoreOperations, VstHandle, VstOperations } from "./serve.ts";

/** The parameters of an operation as a worker gives them. */
type StoreParameters<Name extends keyof StoreOperations> =
  Parameters<StoreOperations[Name]> extends [unknown, ...infer Rest] ? Rest : [];
type VstParameters<Name extends keyof VstOperations> =
  Parameters<VstOperations[Name]> extends [unknown, unknown, ...infer Rest] ? Rest : [];
type Result<Operation extends (...parameters: never[]) => unknown> = Awaited<ReturnType<Operation>>;

/** A commit as another thread sees it. */
export interface RemoteSnapshot {
  /** Content id of the state. */
  readonly id: SnapshotId;
  /** `c<sequence>`. */
  readonly commit: string;
  /** `latencyUs` is that of the owner, without the trip. */
  readonly metrics: CommitMetrics;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Requests on their way, by number. */
class Line {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #closed = false;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on("message", (answer: Answer) => this.#take(answer));
    port.on("close", () => this.#end());
    // A program ends when its own work is done: the port keeps it alive only while it waits for an answer.
    port.unref();
  }

  ask(vst: number | undefined, method: string, parameters: readonly unknown[]): Promise<unknown> {
    if (this.#closed) return Promise.reject(closed());
    const id = ++this.#last;
    this.#port.postMessage({ id, vst, method, parameters });
    if (this.#waiting.size === 0) this.#port.ref();
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  tell(vst: number, method: string): void {
    if (!this.#closed) this.#port.postMessage({ id: 0, vst, method, parameters: [] });
  }

  close(): void {
    this.#port.close();
    this.#end();
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#port.unref();
    if (answer.failure === undefined) waiting?.resolve(answer.value);
    else waiting?.reject(errorOf(answer.failure));
  }

  #end(): void {
    this.#closed = true;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(closed());
  }
}

/** Lets go of working sets that the worker has dropped. */
const dropped = new FinalizationRegistry<{ readonly line: Line; readonly vst: number }>(({ line, vst }) =>
  line.tell(vst, "release"),
);

/** A store that another thread has open. Every method fails with STORE_CLOSED once the port is closed. */
export class RemoteHelios {
  readonly #line: Line;

  /** @internal Made by `connect`. */
  constructor(port: MessagePort) {
    this.#line = new Line(port);
  }

  /** An empty working set. */
  async vst(): Promise<RemoteVst> {
    return new RemoteVst(this.#line, await this.#ask("vst"));
  }

  /** A working set over a ref, a commit or a snapshot id. */
  async checkout(target: string): Promise<RemoteVst> {
    return new RemoteVst(this.#line, await this.#ask("checkout", target));
  }

  /** The snapshot that a text names. */
  resolve(text: string): Promise<SnapshotId> {
    return this.#ask("resolve", text);
  }

  /** Content at a path of a snapshot, or undefined; a copy of the caller's own. */
  read(snapshot: SnapshotId, path: string): Promise<Uint8Array | undefined> {
    return this.#ask("read", snapshot, path);
  }

  /** Entries of a snapshot whose path begins with the prefix, in byte order. */
  list(snapshot: SnapshotId, prefix?: string): Promise<Entry[]> {
    return this.#ask("list", snapshot, prefix);
  }

  /** Entries of a range of paths, in order. */
  range(snapshot: SnapshotId, options: RangeOptions): Promise<Entry[]> {
    return this.#ask("range", snapshot, options);
  }

  /** Number of paths that begin with the prefix. */
  count(snapshot: SnapshotId, prefix?: string): Promise<number> {
    return this.#ask("count", snapshot, prefix);
  }

  /** What changed from one state to another, in byte order of paths. */
  diff(from: SnapshotId, to: SnapshotId): Promise<Change[]> {
    return this.#ask("diff", from, to);
  }

  /** Writes files of a snapshot below a directory. Progress cannot be told over a port. */
  materialize(
    snapshot: SnapshotId,
    out: string,
    options?: Pick<MaterializeOptions, "select" | "overwrite">,
  ): Promise<MaterializeResult> {
    return this.#ask("materialize", snapshot, out, options);
  }

  /** All refs, by name. */
  refs(): Promise<Ref[]> {
    return this.#ask("refs");
  }

  /** Makes a ref name a commit, if it still names `expected` (undefined: if it does not exist). REF_MOVED. */
  setRef(name: string, commit: string, expected: string | undefined): Promise<void> {
    return this.#ask("setRef", name, commit, expected);
  }

  /** Deletes a ref, if it still names `expected`. REF_MOVED. */
  deleteRef(name: string, expected: string): Promise<void> {
    return this.#ask("deleteRef", name, expected);
  }

  /** Commits from a ref or commit back along first parents, newest first. */
  log(from?: string, limit?: number): Promise<CommitRecord[]> {
    return this.#ask("log", from, limit);
  }

  /** The owner's counters. */
  stats(): Promise<EngineStats> {
    return this.#ask("stats");
  }

  /** Waits until all commits so far, of all threads, are durable in the store's class. */
  durable(): Promise<void> {
    return this.#ask("durable");
  }

  /** Closes the port; the store stays open at its owner. */
  close(): void {
    this.#line.close();
  }

  #ask<Name extends keyof StoreOperations>(
    name: Name,
    ...parameters: StoreParameters<Name>
  ): Promise<Result<StoreOperations[Name]>> {
    return this.#line.ask(undefined, name, parameters) as Promise<Result<StoreOperations[Name]>>;
  }
}

/** A working set that lives in the owner's thread. */
export class RemoteVst {
  readonly #line: Line;
  readonly #handle: number;
  #ref: string | undefined;

  /** @internal Made by `RemoteHelios` and `fork`. */
  constructor(line: Line, { vst, ref }: VstHandle) {
    this.#line = line;
    this.#handle = vst;
    this.#ref = ref;
    dropped.register(this, { line, vst }, this);
  }

  /** The ref that commits move, as of the last answer. */
  get ref(): string | undefined {
    return this.#ref;
  }

  /** Sets the content of a path. PATH_INVALID, PATH_CONFLICT. */
  write(path: string, content: Uint8Array | string, options?: WriteOptions): Promise<void> {
    return this.#ask("write", path, whole(content), options);
  }

  /** Many changes in one trip, in order. What comes before one that fails has been done. */
  apply(updates: readonly PathUpdate[]): Promise<void> {
    const parts = updates.map((update) =>
      update.content === undefined ? update : { ...update, content: whole(update.content) },
    );
    return this.#ask("apply", parts);
  }

  /** Removes a path; false when it is not there. */
  delete(path: string): Promise<boolean> {
    return this.#ask("delete", path);
  }

  /** Content of a path, or undefined; a copy of the caller's own. */
  read(path: string): Promise<Uint8Array | undefined> {
    return this.#ask("read", path);
  }

  /** Whether there is an entry at the path. */
  has(path: string): Promise<boolean> {
    return this.#ask("has", path);
  }

  /** Hash, mode and size at a path, or undefined. */
  entry(path: string): Promise<Entry | undefined> {
    return this.#ask("entry", path);
  }

  /** Entries whose path begins with the prefix, in byte order. */
  list(prefix?: string): Promise<Entry[]> {
    return this.#ask("list", prefix);
  }

  /** Number of paths. */
  size(): Promise<number> {
    return this.#ask("size");
  }

  /** An independent working set with the same content. */
  async fork(): Promise<RemoteVst> {
    return new RemoteVst(this.#line, await this.#ask("fork"));
  }

  /** Makes this working set equal to a state, dropping its uncommitted changes. */
  async restore(target: string): Promise<void> {
    this.#ref = (await this.#ask("restore", target)).ref;
  }

  /** Makes the working set a commit. REF_MOVED when somebody else moved the ref: check out, change, commit again. */
  commit(message?: string, options?: CommitOptions): Promise<RemoteSnapshot> {
    return this.#committed(this.#ask("commit", message, options));
  }

  /** As `commit`; in class `power`, commits of all threads at the same time share one fdatasync. */
  commitAsync(message?: string, options?: CommitOptions): Promise<RemoteSnapshot> {
    return this.#committed(this.#ask("commitAsync", message, options));
  }

  /** Lets the owner forget it at once; a dropped one is let go when it is collected. */
  release(): void {
    dropped.unregister(this);
    this.#line.tell(this.#handle, "release");
  }

  async #committed(answer: Promise<Result<VstOperations["commit"]>>): Promise<RemoteSnapshot> {
    const { ref, ...snapshot } = await answer;
    this.#ref = ref;
    return snapshot;
  }

  #ask<Name extends keyof VstOperations>(
    name: Name,
    ...parameters: VstParameters<Name>
  ): Promise<Result<VstOperations[Name]>> {
    return this.#line.ask(this.#handle, name, parameters) as Promise<Result<VstOperations[Name]>>;
  }
}

/** The store that is served at the other end of a port. */
export function connect(port: MessagePort): RemoteHelios {
  return new RemoteHelios(port);
}

/** A view would take its whole buffer along. */
function whole(content: Uint8Array | string): Uint8Array | string {
  return typeof content === "string" || content.byteLength === content.buffer.byteLength
    ? content
    : new Uint8Array(content);
}

function errorOf({ message, code, remedy, path }: Failure): Error {
  return code === undefined || remedy === undefined
    ? new Error(message)
    : new HeliosError(code, message, remedy, { path });
}

function closed(): HeliosError {
  return new HeliosError("STORE_CLOSED", "the port to the store is closed", "Connect again.");
}
