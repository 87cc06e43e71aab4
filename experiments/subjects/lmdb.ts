/**
 * LMDB through the package `lmdb`, in this process: the rows of `versioned-rows.ts` in three databases of one file, and
 * a synchronous write transaction a commit.
 *
 * Class `process` is noSync: pages are handed to the system and outlive the process. Class `power` waits for the disk
 * in each commit: overlappingSync, the package's default, answers before that and is switched off
 * (https://github.com/kriszyp/lmdb-js#overlapping-sync-options). Nothing is put
 * off, so there is nothing to settle.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Edit, Subject } from "@helios/harness";
import type { Database, RootDatabase } from "lmdb";
import type { Route } from "./version-tree.ts";
import {
  type Content,
  type Version,
  VersionedRowsSession,
  modeNumber,
  modeOfNumber,
} from "./versioned-rows.ts";

export const lmdb: Subject = {
  id: "lmdb",
  title: "LMDB in process: versioned rows, a write transaction a commit",
  durabilityClasses: ["process", "power"],
  workingSet: "internal",

  async availability() {
    try {
      await import("lmdb");
      const manifest = join(dirname(fileURLToPath(import.meta.resolve("lmdb"))), "package.json");
      const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
      return { kind: "available", version: `lmdb ${version}` };
    } catch (error) {
      return {
        kind: "unavailable",
        reason: `the package lmdb cannot be loaded: ${(error as Error).message}`,
        remedy: "Install it for this platform: npm ci.",
      };
    }
  },

  async open({ directory, durability }) {
    const { open } = await import("lmdb");
    const root = open<Buffer, string>({
      path: join(directory, "states.lmdb"),
      encoding: "binary",
      maxDbs: 3,
      overlappingSync: false,
      noSync: durability === "process",
    });
    return new LmdbSession(root);
  },
};

/** Head of a row: the version whose row it replaced (none: all bits set), the mode (gone: 255); the content follows. */
const HEAD_BYTES = 5;
const NONE = 0xffffffff;
const GONE = 0xff;

class LmdbSession extends VersionedRowsSession {
  readonly #root: RootDatabase<Buffer, string>;
  readonly #versions: Database<Buffer, number>;
  /** By version, then path. */
  readonly #rows: Database<Buffer, [number, string]>;
  /** Path to the version of its row. */
  readonly #inForce: Database<Buffer, string>;

  constructor(root: RootDatabase<Buffer, string>) {
    super();
    this.#root = root;
    const binary = { encoding: "binary" } as const;
    this.#versions = root.openDB({ name: "versions", ...binary });
    this.#rows = root.openDB({ name: "rows", ...binary });
    this.#inForce = root.openDB({ name: "in force", ...binary });
  }

  protected writeVersion(
    { version, parent, message }: Version,
    edits: readonly Edit[],
    isFurtherPart: boolean,
  ): void {
    const own = numberBytes(version);
    this.#root.transactionSync(() => {
      if (!isFurtherPart) this.#versions.putSync(version, Buffer.from(`${parent ?? ""} ${message}`));
      for (const edit of edits) {
        const { path } = edit;
        const bytes = edit.kind === "put" ? edit.bytes : EMPTY;
        const row = Buffer.allocUnsafe(HEAD_BYTES + bytes.length);
        row.writeUInt32BE(this.#inForce.getBinary(path)?.readUInt32BE() ?? NONE);
        row[4] = edit.kind === "put" ? modeNumber(edit.mode) : GONE;
        row.set(bytes, HEAD_BYTES);
        this.#rows.putSync([version, path], row);
        if (edit.kind === "put") this.#inForce.putSync(path, own);
        else this.#inForce.removeSync(path);
      }
    });
  }

  protected follow({ undo, redo }: Route): void {
    this.#root.transactionSync(() => {
      for (const version of undo) {
        for (const { path, row } of this.#rowsOf(version)) this.#set(path, row.readUInt32BE());
      }
      for (const version of redo) {
        for (const { path, row } of this.#rowsOf(version)) this.#set(path, row[4] === GONE ? NONE : version);
      }
    });
  }

  protected committed(path: string): Content | undefined {
    const version = this.#inForce.getBinary(path)?.readUInt32BE();
    if (version === undefined) return undefined;
    const row = this.#rows.getBinary([version, path]);
    return row && { mode: modeOfNumber(row[4] as number), bytes: row.subarray(HEAD_BYTES) };
  }

  protected committedCount(): number {
    return this.#inForce.getCount();
  }

  settle(): void {}

  close(): Promise<void> {
    return this.#root.close();
  }

  #rowsOf(version: number): { path: string; row: Buffer }[] {
    // Taken before anything is changed: a cursor must not see its own writes.
    return Array.from(this.#rows.getRange({ start: [version, ""], end: [version + 1, ""] }), (entry) => ({
      path: entry.key[1],
      row: entry.value,
    }));
  }

  #set(path: string, version: number): void {
    if (version === NONE) this.#inForce.removeSync(path);
    else this.#inForce.putSync(path, numberBytes(version));
  }
}

const EMPTY = new Uint8Array();

function numberBytes(version: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(version);
  return bytes;
}
