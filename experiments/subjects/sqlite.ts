/**
 * SQLite as it comes with Node, through prepared statements in this process: the schema of `versioned-rows.ts`.
 *
 * Class `memory` is a database in memory. `process` and `power` have a write-ahead log: with synchronous=OFF a commit is
 * in the system's cache when it returns, which outlives the process; with synchronous=FULL the log is fsynced by each
 * commit (https://sqlite.org/pragma.html#pragma_synchronous). Settling is a checkpoint.
 */
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { DurabilityClass, Edit, Subject } from "@helios/harness";
import type { Route } from "./version-tree.ts";
import {
  type Content,
  type Version,
  VersionedRowsSession,
  modeNumber,
  modeOfNumber,
} from "./versioned-rows.ts";

export const sqlite: Subject = {
  id: "sqlite",
  title: "SQLite in process: versioned rows, write-ahead log, prepared statements",
  durabilityClasses: ["memory", "process", "power"],
  workingSet: "internal",

  availability() {
    const { sqlite: version } = process.versions;
    return Promise.resolve(
      version === undefined
        ? {
            kind: "unavailable",
            reason: "this Node was built without SQLite",
            remedy: "Run with a Node of nodejs.org, 22.13 or later.",
          }
        : { kind: "available", version },
    );
  },

  async open({ directory, durability }) {
    // Loaded only now: the module prints that it is experimental, and no other command should.
    const { DatabaseSync: Database } = await import("node:sqlite");
    const file = durability === "memory" ? ":memory:" : join(directory, "states.sqlite");
    return new SqliteSession(new Database(file), durability);
  },
};

const SCHEMA = `
  CREATE TABLE version (id INTEGER PRIMARY KEY, parent INTEGER, message TEXT NOT NULL);
  -- mode NULL: from this version on the path is gone
  CREATE TABLE row (
    id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    path TEXT NOT NULL,
    mode INTEGER,
    content BLOB,
    replaced INTEGER
  );
  CREATE INDEX row_version ON row (version);
  CREATE TABLE in_force (path TEXT PRIMARY KEY, row INTEGER NOT NULL) WITHOUT ROWID;
`;

class SqliteSession extends VersionedRowsSession {
  readonly #database: DatabaseSync;
  readonly #statements: Record<keyof typeof STATEMENTS, StatementSync>;

  constructor(database: DatabaseSync, durability: DurabilityClass) {
    super();
    this.#database = database;
    if (durability !== "memory") database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${durability === "power" ? "FULL" : "OFF"}`);
    database.exec(SCHEMA);
    const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)] as const);
    this.#statements = Object.fromEntries(prepared) as Record<keyof typeof STATEMENTS, StatementSync>;
  }

  protected writeVersion(
    { version, parent, message }: Version,
    edits: readonly Edit[],
    isFurtherPart: boolean,
  ): void {
    const { addVersion, addRow, addDeletion, putInForce, dropInForce } = this.#statements;
    this.#transaction(() => {
      if (!isFurtherPart) addVersion.run(version, parent ?? null, message);
      for (const edit of edits) {
        if (edit.kind === "put") {
          const { path, mode, bytes } = edit;
          const { lastInsertRowid } = addRow.run(version, path, modeNumber(mode), bytes, path);
          putInForce.run(path, lastInsertRowid);
        } else {
          addDeletion.run(version, edit.path, edit.path);
          dropInForce.run(edit.path);
        }
      }
    });
  }

  protected follow({ undo, redo }: Route): void {
    const { undoPut, undoNew, redoPut, redoDeletion } = this.#statements;
    this.#transaction(() => {
      for (const version of undo) {
        undoPut.run(version);
        undoNew.run(version);
      }
      for (const version of redo) {
        redoPut.run(version);
        redoDeletion.run(version);
      }
    });
  }

  protected committed(path: string): Content | undefined {
    const row = this.#statements.read.get(path) as { mode: number; content: Uint8Array } | undefined;
    return row && { mode: modeOfNumber(row.mode), bytes: row.content };
  }

  protected committedCount(): number {
    return (this.#statements.count.get() as { count: number }).count;
  }

  /** The base's part of the log goes now: later it would count as bytes taken back. */
  protected override loaded(): void {
    this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** The log file stays, to be written over from its start, as it does between SQLite's own checkpoints. */
  settle(): void {
    this.#database.exec("PRAGMA wal_checkpoint(RESTART)");
  }

  close(): void {
    this.#database.close();
  }

  #transaction(work: () => void): void {
    this.#statements.begin.run();
    try {
      work();
      this.#statements.commit.run();
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw coded(error);
    }
  }
}

const STATEMENTS = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  addVersion: "INSERT INTO version VALUES (?, ?, ?)",
  addRow:
    "INSERT INTO row (version, path, mode, content, replaced) VALUES (?, ?, ?, ?, (SELECT row FROM in_force WHERE path = ?))",
  addDeletion:
    "INSERT INTO row (version, path, replaced) VALUES (?, ?, (SELECT row FROM in_force WHERE path = ?))",
  putInForce: "INSERT INTO in_force VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET row = excluded.row",
  dropInForce: "DELETE FROM in_force WHERE path = ?",
  undoPut:
    "INSERT OR REPLACE INTO in_force SELECT path, replaced FROM row WHERE version = ? AND replaced IS NOT NULL",
  undoNew: "DELETE FROM in_force WHERE path IN (SELECT path FROM row WHERE version = ? AND replaced IS NULL)",
  redoPut: "INSERT OR REPLACE INTO in_force SELECT path, id FROM row WHERE version = ? AND mode IS NOT NULL",
  redoDeletion:
    "DELETE FROM in_force WHERE path IN (SELECT path FROM row WHERE version = ? AND mode IS NULL)",
  read: "SELECT mode, content FROM in_force JOIN row ON row.id = in_force.row WHERE in_force.path = ?",
  count: "SELECT count(*) AS count FROM in_force",
} as const;

/** SQLite's "no room" (result code 13) under the name that tells the runner to stop instead of trying on. */
function coded(error: unknown): unknown {
  const { errcode } = error as { errcode?: number };
  return errcode === 13 ? Object.assign(error as Error, { code: "SQLITE_FULL" }) : error;
}
