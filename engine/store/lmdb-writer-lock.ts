/**
 * Who may write to an LMDB store: LMDB itself lets every process write, Helios has one writer. A kernel lock that ends
 * with its process is needed, and Node has none; LMDB's table of readers is one: each process that reads holds a lock on
 * a byte of the lock file for as long as it lives, also across containers that share the file.
 *
 * So a tiny environment of its own, `writer.mdb`. Whoever wants to write begins a read transaction there, which enters
 * it into the table; then, in a write transaction, which only one process can be in, looks whether the process noted as
 * writer is still in the table, and if not notes itself. The read transaction lasts until the lock is let go; nothing is
 * written here meanwhile, so it holds no pages back.
 */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { HeliosError } from "../errors.ts";
import { type LmdbEnvironment, openEnvironment, openError, UNSYNCED } from "./lmdb-binding.ts";

const FILE = "writer.mdb";
const HOLDER = Buffer.from("holder");

/** Stores this thread writes to: LMDB gives a thread that opens a file twice the same entry in the table. */
const held = new Set<string>();

export class LmdbWriterLock {
  readonly #location: string;
  readonly #environment: LmdbEnvironment;
  readonly #entry: { done(): void };

  private constructor(location: string, environment: LmdbEnvironment, entry: { done(): void }) {
    this.#location = location;
    this.#environment = environment;
    this.#entry = entry;
  }

  /** STORE_LOCKED while another process, or another opening in this one, holds it. */
  static async acquire(directory: string): Promise<LmdbWriterLock> {
    const location = realpathSync(directory);
    if (held.has(location)) throw locked(location, process.pid);
    held.add(location);
    try {
      const environment = await openEnvironment(join(location, FILE), { noSubdir: true });
      try {
        const entry = environment.useReadTransaction();
        const holder = environment.transactionSync(() => takeOver(environment), UNSYNCED);
        if (holder === undefined) return new LmdbWriterLock(location, environment, entry);
        entry.done();
        throw locked(location, holder);
      } catch (error) {
        await environment.close();
        throw error instanceof HeliosError ? error : openError(error, location);
      }
    } catch (error) {
      held.delete(location);
      throw error;
    }
  }

  async release(): Promise<void> {
    this.#entry.done();
    await this.#environment.close();
    held.delete(this.#location);
  }
}

/** Inside a write transaction: the process that holds the lock, or undefined once it is ours. */
function takeOver(environment: LmdbEnvironment): number | undefined {
  const noted = environment.get(HOLDER);
  const holder = noted === undefined ? undefined : Number(noted.toString());
  environment.readerCheck();
  const alive = processesIn(environment.readerList());
  const entries = alive.filter((pid) => pid === holder).length;
  // Our own entry is there already; a second one with our process id is another thread, or another container.
  if (holder !== undefined && entries > (holder === process.pid ? 1 : 0)) return holder;
  environment.putSync(HOLDER, Buffer.from(String(process.pid)));
  return undefined;
}

/** LMDB's list is a table with a heading: process, thread, transaction. */
function processesIn(table: string): number[] {
  return table
    .split("\n")
    .map((line) => Number.parseInt(line.trim(), 10))
    .filter((pid) => Number.isInteger(pid));
}

function locked(location: string, pid: number): HeliosError {
  const holder = pid === process.pid ? "this process" : `process ${pid}`;
  return new HeliosError(
    "STORE_LOCKED",
    `${holder} has the store at ${location} open`,
    "Wait for it to finish, or stop it; one process writes to a store at a time.",
  );
}
