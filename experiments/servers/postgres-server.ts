/**
 * A throw-away PostgreSQL, as `initdb` makes it: https://www.postgresql.org/docs/current/app-initdb.html
 *
 * PostgreSQL refuses to run as root. Then it runs as the user `postgres`, or `nobody`, who owns the data directory, and
 * with the one capability that lets it pass through the closed directories above it.
 */
import { execFile } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ServerProcess, type ServerCommand, findProgram, versionDirectories } from "./server-process.ts";

export const POSTGRES_USER = "helios";

export interface PostgresPrograms {
  readonly postgres: string;
  readonly initdb: string;
  /** Put before each call; empty where this process is not root. */
  readonly asUser: readonly string[];
  /** Owner of the data, where it is not this process's user. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/** The programs, or why they cannot be used. */
export function postgresPrograms(): PostgresPrograms | { readonly reason: string } {
  const places = versionDirectories("/usr/lib/postgresql", "bin");
  const initdb = findProgram("initdb", places);
  if (initdb === undefined) return { reason: "no PostgreSQL server (initdb) was found" };
  const postgres = join(dirname(initdb), "postgres");
  if (process.getuid?.() !== 0) return { postgres, initdb, asUser: [], owner: undefined };
  const owner = userNamed("postgres") ?? userNamed("nobody");
  const setpriv = findProgram("setpriv");
  if (owner === undefined || setpriv === undefined)
    return { reason: "PostgreSQL does not run as root, and there is no setpriv or no other user" };
  const asUser = [
    setpriv,
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
  ];
  return { postgres, initdb, asUser, owner };
}

function userNamed(name: string): { uid: number; gid: number } | undefined {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((one) => one.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

const run = promisify(execFile);

/** Starts a PostgreSQL with its files in `directory`/postgres; the first time they are made, about 1.5 s. */
export async function startPostgres(programs: PostgresPrograms, directory: string): Promise<ServerProcess> {
  const data = join(directory, "postgres");
  const called = ([program, ...args]: readonly [string, ...string[]]): ServerCommand => {
    const [first = program, ...rest] = [...programs.asUser, program, ...args];
    return { program: first, args: rest };
  };
  if (!existsSync(data)) {
    mkdirSync(data, { mode: 0o700 });
    if (programs.owner) chownSync(data, programs.owner.uid, programs.owner.gid);
    const { program, args } = called([
      programs.initdb,
      "--pgdata",
      data,
      "--username",
      POSTGRES_USER,
      "--auth=trust",
      "--encoding=UTF8",
      "--locale=C",
      "--no-sync",
    ]);
    await run(program, args, { cwd: directory });
  }
  return ServerProcess.start({
    title: "postgres",
    // Fast shutdown: open transactions are ended, then a checkpoint.
    stopSignal: "SIGINT",
    command: (port) =>
      called([
        programs.postgres,
        "-D",
        data,
        "-p",
        String(port),
        "-c",
        "listen_addresses=127.0.0.1",
        // A path of a Unix socket has at most 107 bytes, and a run's directory may lie deeper.
        "-c",
        "unix_socket_directories=",
      ]),
    isReady: async (port) => {
      const { Client } = await import("pg");
      const client = new Client({ host: "127.0.0.1", port, user: POSTGRES_USER, database: "postgres" });
      client.on("error", () => {});
      try {
        await client.connect();
        return true;
      } finally {
        await client.end();
      }
    },
  });
}
