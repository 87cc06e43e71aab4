/**
 * A real Redis server over TCP, through the client `redis`: the rows of `versioned-rows.ts` as hashes, one script a
 * commit, so that a commit is one round trip and either whole or not there.
 *
 * Class `memory` has no persistence, `process` an append-only file with appendfsync everysec, `power` with always.
 *
 * Without HELIOS_REDIS_URL each session has a throw-away server of its own below its directory. It is ended and started
 * again when the base is in place and ended when it settles, because the system books a process's bytes and
 * processor time when it is waited for: the writing of the base is then not in the measurement; the reading of the base
 * at the start, the commits of the warm-up and both ends of each socket are. In class `memory` the server would
 * forget all, so it stays, and only the client's side is counted. The bytes of a server given by HELIOS_REDIS_URL
 * cannot be counted; it is one for measuring: its persistence is set for the session and set back.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { Availability, DurabilityClass, Edit, SessionOptions, Subject } from "@helios/harness";
import { REDIS_PERSISTENCE, redisProgram, startRedis } from "../servers/redis-server.ts";
import type { ServerProcess } from "../servers/server-process.ts";
import type { Route } from "./version-tree.ts";
import {
  type Content,
  type Version,
  VersionedRowsSession,
  modeNumber,
  modeOfNumber,
} from "./versioned-rows.ts";

export const redis: Subject = {
  id: "redis",
  title: "Redis server over TCP: versioned rows in hashes, one script a commit",
  durabilityClasses: ["memory", "process", "power"],
  workingSet: "internal",

  async availability() {
    const url = process.env["HELIOS_REDIS_URL"];
    if (url !== undefined && url !== "") return availabilityAt(url);
    const program = redisProgram();
    if (program === undefined)
      return { kind: "unavailable", reason: "no redis-server was found", remedy: REMEDY };
    const { stdout } = await promisify(execFile)(program, ["--version"]);
    return { kind: "available", version: /v=(\S+)/.exec(stdout)?.[1] ?? stdout.trim() };
  },

  async open(options) {
    const session = new RedisSession(options);
    await session.open();
    return session;
  },
};

const REMEDY =
  "Install Redis (Debian: apt-get install redis-server), or start one with `docker compose up` and set HELIOS_REDIS_URL.";

async function availabilityAt(url: string): Promise<Availability> {
  try {
    const client = await connect(url);
    const info = await client.info("server");
    await client.close();
    const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? "unknown version";
    return {
      kind: "available",
      version: `${version} by HELIOS_REDIS_URL, the server's bytes and processor time not counted`,
    };
  } catch (error) {
    return {
      kind: "unavailable",
      reason: `no Redis answers at HELIOS_REDIS_URL: ${(error as Error).message}`,
      remedy: "Start the server, correct the variable, or unset it where redis-server is installed.",
    };
  }
}

type Client = Awaited<ReturnType<typeof connect>>;

async function connect(url: string) {
  const { createClient } = await import("redis");
  // A server that goes away ends the run; the runner makes it again. Waiting for it inside a commit would be timed.
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", () => {});
  return client.connect();
}

/**
 * KEYS[1] is the prefix of the session. `now` has for each path in force the version of its row; `row:<version>` has for
 * each path a digit of the mode with the content, or nothing where the path is gone; `old:<version>` the version of
 * the row replaced.
 */
const WRITE_VERSION = `
  local prefix, version = KEYS[1], ARGV[1]
  if ARGV[2] ~= '' then redis.call('HSET', prefix .. 'versions', version, ARGV[2]) end
  local now, row, old = prefix .. 'now', prefix .. 'row:' .. version, prefix .. 'old:' .. version
  for i = 3, #ARGV, 2 do
    local path, content = ARGV[i], ARGV[i + 1]
    local replaced = redis.call('HGET', now, path)
    if replaced then redis.call('HSET', old, path, replaced) end
    redis.call('HSET', row, path, content)
    if content == '' then redis.call('HDEL', now, path) else redis.call('HSET', now, path, version) end
  end
`;

/** ARGV: how many versions to undo, these, and those to do again. */
const FOLLOW = `
  local prefix, undone = KEYS[1], tonumber(ARGV[1])
  local now = prefix .. 'now'
  for i = 2, #ARGV do
    local version = ARGV[i]
    for _, path in ipairs(redis.call('HKEYS', prefix .. 'row:' .. version)) do
      local row = version
      if i <= undone + 1 then
        row = redis.call('HGET', prefix .. 'old:' .. version, path)
      elseif redis.call('HSTRLEN', prefix .. 'row:' .. version, path) == 0 then
        row = false
      end
      if row then redis.call('HSET', now, path, row) else redis.call('HDEL', now, path) end
    end
  end
`;

class RedisSession extends VersionedRowsSession {
  readonly #directory: string;
  readonly #durability: DurabilityClass;
  readonly #prefix = `helios:${randomBytes(8).toString("hex")}:`;
  /** Settings of a given server as they were. */
  readonly #before: Record<string, string> = {};
  readonly #url = process.env["HELIOS_REDIS_URL"];
  #server: ServerProcess | undefined;
  #client: Client | undefined;
  #scripts: { readonly writeVersion: string; readonly follow: string } | undefined;

  constructor({ directory, durability }: SessionOptions) {
    super();
    this.#directory = directory;
    this.#durability = durability;
  }

  async open(): Promise<Client> {
    const url = this.#url ? this.#url : await this.#ownServer();
    const client = await connect(url);
    if (this.#url) await this.#persistAsClassSays(client);
    this.#scripts = {
      writeVersion: await client.scriptLoad(WRITE_VERSION),
      follow: await client.scriptLoad(FOLLOW),
    };
    this.#client = client;
    return client;
  }

  protected async writeVersion(
    { version, parent, message }: Version,
    edits: readonly Edit[],
    isFurtherPart: boolean,
  ): Promise<void> {
    const client = this.#client ?? (await this.open());
    const rows = edits.flatMap((edit): (string | Buffer)[] => [
      edit.path,
      edit.kind === "put" ? Buffer.concat([Buffer.from(String(modeNumber(edit.mode))), edit.bytes]) : "",
    ]);
    const about = isFurtherPart ? "" : `${parent ?? ""} ${message}`;
    await client.evalSha(this.#scripts?.writeVersion ?? "", {
      keys: [this.#prefix],
      arguments: [String(version), about, ...rows],
    });
  }

  protected async follow({ undo, redo }: Route): Promise<void> {
    const client = this.#client ?? (await this.open());
    await client.evalSha(this.#scripts?.follow ?? "", {
      keys: [this.#prefix],
      arguments: [undo.length, ...undo, ...redo].map(String),
    });
  }

  protected async committed(path: string): Promise<Content | undefined> {
    const client = this.#client ?? (await this.open());
    const { RESP_TYPES } = await import("redis");
    const version = await client.hGet(`${this.#prefix}now`, path);
    if (version === null) return undefined;
    const asBytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const row = await asBytes.hGet(`${this.#prefix}row:${version}`, path);
    return row === null
      ? undefined
      : { mode: modeOfNumber((row[0] as number) - 0x30), bytes: row.subarray(1) };
  }

  protected async committedCount(): Promise<number> {
    const client = this.#client ?? (await this.open());
    return client.hLen(`${this.#prefix}now`);
  }

  protected override async loaded(): Promise<void> {
    await this.settle();
    if (this.#client === undefined) await this.open();
  }

  async settle(): Promise<void> {
    const client = this.#client ?? (await this.open());
    // A rewrite of the append-only file that is under way belongs to what is measured.
    while (/^aof_rewrite_in_progress:1/m.test(await client.info("persistence")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    if (this.#server !== undefined && this.#durability !== "memory") await this.#end();
  }

  async close(): Promise<void> {
    if (this.#url && this.#client) {
      const client = this.#client;
      for await (const keys of client.scanIterator({ MATCH: `${this.#prefix}*`, COUNT: 1000 }))
        if (keys.length > 0) await client.unlink(keys);
      for (const [key, value] of Object.entries(this.#before)) await client.configSet(key, value);
    }
    await this.#end();
  }

  async #ownServer(): Promise<string> {
    this.#server = await startRedis(redisProgram() ?? "redis-server", this.#directory, this.#durability);
    return `redis://127.0.0.1:${this.#server.port}`;
  }

  async #end(): Promise<void> {
    const [client, server] = [this.#client, this.#server];
    this.#client = undefined;
    this.#server = undefined;
    await client?.close();
    await server?.stop();
  }

  async #persistAsClassSays(client: Client): Promise<void> {
    for (const [key, value] of Object.entries({ save: "", ...REDIS_PERSISTENCE[this.#durability] })) {
      const was = (await client.configGet(key))[key];
      if (was === value) continue;
      if (was !== undefined) this.#before[key] ??= was;
      await client.configSet(key, value);
    }
  }
}
