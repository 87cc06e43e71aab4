/**
 * A real PostgreSQL server over TCP, through the client `pg`: the tables of `versioned-rows.ts`, one prepared statement a
 * commit, so that a commit is one round trip and one transaction.
 *
 * Class `power` is the server as it comes. Class `process` is synchronous_commit=off: a commit answers before its log
 * record is written, so that, strictly, a killed server may lose the last commits of up to three times
 * wal_writer_delay (https://www.postgresql.org/docs/current/wal-async-commit.html). That is its nearest setting, and to
 * its advantage. Settling is a CHECKPOINT.
 *
 * Without HELIOS_POSTGRES_URL each session has a throw-away server of its own below its directory, ended and started
 * again when the base is in place and ended when it settles; `redis.ts` says why, and what is booked where. On a given
 * server a session works in a schema of its own and drops it; the bytes of that server cannot be counted.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { type Availability, type DurabilityClass, type Edit, HarnessError } from "@helios/harness";
import type { SessionOptions, Subject } from "@helios/harness";
import type { Client } from "pg";
import { POSTGRES_USER, type PostgresPrograms, postgresPrograms } from "../servers/postgres-server.ts";
import { startPostgres } from "../servers/postgres-server.ts";
import type { ServerProcess } from "../servers/server-process.ts";
import type { Route } from "./version-tree.ts";
import {
  type Content,
  type Version,
  VersionedRowsSession,
  modeNumber,
  modeOfNumber,
} from "./versioned-rows.ts";

export const postgres: Subject = {
  id: "postgres",
  title: "PostgreSQL server over TCP: versioned rows, one prepared statement a commit",
  durabilityClasses: ["process", "power"],
  workingSet: "internal",

  async availability() {
    const url = process.env["HELIOS_POSTGRES_URL"];
    if (url !== undefined && url !== "") return availabilityAt(url);
    const programs = postgresPrograms();
    if ("reason" in programs) return { kind: "unavailable", reason: programs.reason, remedy: REMEDY };
    const { stdout } = await promisify(execFile)(programs.postgres, ["--version"]);
    return { kind: "available", version: /[\d.]+/.exec(stdout)?.[0] ?? stdout.trim() };
  },

  async open(options) {
    const session = new PostgresSession(options);
    await session.open();
    return session;
  },
};

const REMEDY =
  "Install PostgreSQL (Debian: apt-get install postgresql), or start one with `docker compose up` and set HELIOS_POSTGRES_URL.";

async function availabilityAt(url: string): Promise<Availability> {
  try {
    const client = await connect(url);
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    await client.end();
    const version = rows[0]?.server_version ?? "unknown version";
    return {
      kind: "available",
      version: `${version} by HELIOS_POSTGRES_URL, the server's bytes and processor time not counted`,
    };
  } catch (error) {
    return {
      kind: "unavailable",
      reason: `no PostgreSQL answers at HELIOS_POSTGRES_URL: ${(error as Error).message}`,
      remedy: "Start the server, correct the variable, or unset it where PostgreSQL is installed.",
    };
  }
}

async function connect(connectionString: string): Promise<Client> {
  const { Client: PostgresClient } = await import("pg");
  const client = new PostgresClient({ connectionString });
  // Without a listener a server that goes away would end the process before the failed query could be reported.
  client.on("error", () => {});
  await client.connect();
  return client;
}

const SCHEMA = `
  CREATE TABLE version (id int PRIMARY KEY, parent int, message text NOT NULL);
  -- mode NULL: from this version on the path is gone
  CREATE TABLE row (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version int NOT NULL,
    path text NOT NULL,
    mode smallint,
    content bytea,
    replaced bigint
  );
  CREATE INDEX ON row (version);
  CREATE TABLE in_force (path text PRIMARY KEY, row bigint NOT NULL);
  CREATE FUNCTION follow(undo int[], redo int[]) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE v int;
  BEGIN
    FOREACH v IN ARRAY undo LOOP
      INSERT INTO in_force SELECT r.path, r.replaced FROM row r WHERE r.version = v AND r.replaced IS NOT NULL
        ON CONFLICT (path) DO UPDATE SET row = excluded.row;
      DELETE FROM in_force f USING row r WHERE r.version = v AND r.replaced IS NULL AND f.path = r.path;
    END LOOP;
    FOREACH v IN ARRAY redo LOOP
      INSERT INTO in_force SELECT r.path, r.id FROM row r WHERE r.version = v AND r.mode IS NOT NULL
        ON CONFLICT (path) DO UPDATE SET row = excluded.row;
      DELETE FROM in_force f USING row r WHERE r.version = v AND r.mode IS NULL AND f.path = r.path;
    END LOOP;
  END $$;
`;

/** $1 version, $2 parent, $3 message or NULL for a further part of a version; $4 to $6 paths, modes and contents. */
const WRITE_VERSION = `
  WITH v AS (INSERT INTO version SELECT $1::int, $2::int, $3::text WHERE $3::text IS NOT NULL),
    e AS (SELECT * FROM unnest($4::text[], $5::smallint[], $6::bytea[]) AS e (path, mode, content)),
    r AS (
      INSERT INTO row (version, path, mode, content, replaced)
      SELECT $1::int, e.path, e.mode, e.content, f.row FROM e LEFT JOIN in_force f USING (path)
      RETURNING id, path, mode
    ),
    d AS (DELETE FROM in_force f USING r WHERE f.path = r.path AND r.mode IS NULL)
  INSERT INTO in_force SELECT path, id FROM r WHERE mode IS NOT NULL
    ON CONFLICT (path) DO UPDATE SET row = excluded.row
`;

class PostgresSession extends VersionedRowsSession {
  readonly #directory: string;
  readonly #durability: DurabilityClass;
  readonly #schema = `helios_${randomBytes(8).toString("hex")}`;
  readonly #url = process.env["HELIOS_POSTGRES_URL"];
  #server: ServerProcess | undefined;
  #client: Client | undefined;
  #isMade = false;

  constructor({ directory, durability }: SessionOptions) {
    super();
    this.#directory = directory;
    this.#durability = durability;
  }

  async open(): Promise<Client> {
    const client = await connect(this.#url ? this.#url : await this.#ownServer());
    this.#client = client;
    if (!this.#isMade) await client.query(`CREATE SCHEMA ${this.#schema}`);
    await client.query(
      `SET search_path = ${this.#schema}; SET synchronous_commit = ${this.#durability === "power" ? "on" : "off"}`,
    );
    if (!this.#isMade) await client.query(SCHEMA);
    this.#isMade = true;
    if (this.#durability === "power") await this.#refuseWithoutFsync(client);
    return client;
  }

  protected async writeVersion(
    { version, parent, message }: Version,
    edits: readonly Edit[],
    isFurtherPart: boolean,
  ): Promise<void> {
    const client = this.#client ?? (await this.open());
    const values = [
      version,
      parent ?? null,
      isFurtherPart ? null : message,
      edits.map(({ path }) => path),
      edits.map((edit) => (edit.kind === "put" ? modeNumber(edit.mode) : null)),
      edits.map((edit) => (edit.kind === "put" ? asBuffer(edit.bytes) : null)),
    ];
    await client.query({ name: "write-version", text: WRITE_VERSION, values });
  }

  protected async follow({ undo, redo }: Route): Promise<void> {
    const client = this.#client ?? (await this.open());
    await client.query({ name: "follow", text: "SELECT follow($1, $2)", values: [undo, redo] });
  }

  protected async committed(path: string): Promise<Content | undefined> {
    const client = this.#client ?? (await this.open());
    const { rows } = await client.query<{ mode: number; content: Buffer }>({
      name: "read",
      text: "SELECT mode, content FROM in_force f JOIN row ON row.id = f.row WHERE f.path = $1",
      values: [path],
    });
    return rows[0] && { mode: modeOfNumber(rows[0].mode), bytes: rows[0].content };
  }

  protected async committedCount(): Promise<number> {
    const client = this.#client ?? (await this.open());
    const { rows } = await client.query<{ count: string }>("SELECT count(*) AS count FROM in_force");
    return Number(rows[0]?.count);
  }

  protected override async loaded(): Promise<void> {
    const client = this.#client ?? (await this.open());
    // What autovacuum would do in a minute, so that the plans are those of a table in use.
    await client.query("ANALYZE row, in_force");
    await this.settle();
    if (this.#client === undefined) await this.open();
  }

  async settle(): Promise<void> {
    const client = this.#client ?? (await this.open());
    try {
      await client.query("CHECKPOINT");
    } catch (error) {
      // On a given server only a superuser may.
      if (this.#server !== undefined || (error as { code?: string }).code !== "42501") throw error;
    }
    if (this.#server !== undefined) await this.#end();
  }

  async close(): Promise<void> {
    if (this.#url && this.#client) await this.#client.query(`DROP SCHEMA ${this.#schema} CASCADE`);
    await this.#end();
  }

  async #ownServer(): Promise<string> {
    const programs: PostgresPrograms | { reason: string } = postgresPrograms();
    if ("reason" in programs) throw new HarnessError("SUBJECT_UNAVAILABLE", programs.reason, REMEDY);
    this.#server = await startPostgres(programs, this.#directory);
    return `postgres://${POSTGRES_USER}@127.0.0.1:${this.#server.port}/postgres`;
  }

  async #end(): Promise<void> {
    const [client, server] = [this.#client, this.#server];
    this.#client = undefined;
    this.#server = undefined;
    await client?.end();
    await server?.stop();
  }

  async #refuseWithoutFsync(client: Client): Promise<void> {
    const { rows } = await client.query<{ fsync: string }>("SHOW fsync");
    if (rows[0]?.fsync === "on") return;
    await this.close();
    throw new HarnessError(
      "RUN_FAILED",
      "the server was started with fsync=off, so it cannot be of class power",
      "Start it with fsync=on, its default.",
    );
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
