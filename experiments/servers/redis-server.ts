/** A throw-away Redis in the durability class of its session: https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/ */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DurabilityClass } from "@helios/harness";
import { ServerProcess, findProgram } from "./server-process.ts";

/**
 * What makes a Redis a Redis of that class. `everysec` still hands every commit to the system before it answers, so a
 * killed process loses nothing; it is the machine's loss of power that may cost a second.
 */
export const REDIS_PERSISTENCE: Readonly<Record<DurabilityClass, Readonly<Record<string, string>>>> = {
  memory: { appendonly: "no" },
  process: { appendonly: "yes", appendfsync: "everysec" },
  power: { appendonly: "yes", appendfsync: "always" },
};

export function redisProgram(): string | undefined {
  return findProgram("redis-server");
}

/** Starts a Redis with its files in `directory`/redis, or takes up the files that an earlier one left there. */
export function startRedis(
  program: string,
  directory: string,
  durability: DurabilityClass,
): Promise<ServerProcess> {
  const data = join(directory, "redis");
  mkdirSync(data, { recursive: true });
  const settings = { bind: "127.0.0.1", dir: data, save: "", ...REDIS_PERSISTENCE[durability] };
  return ServerProcess.start({
    title: "redis-server",
    stopSignal: "SIGTERM",
    command: (port) => ({
      program,
      args: [
        "--port",
        String(port),
        ...Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]),
      ],
    }),
    isReady: async (port) => {
      const { createClient } = await import("redis");
      const client = createClient({ socket: { host: "127.0.0.1", port, reconnectStrategy: false } });
      client.on("error", () => {});
      try {
        await client.connect();
        // While it reads its files it answers LOADING, an error.
        return (await client.ping()) === "PONG";
      } finally {
        client.destroy();
      }
    },
  });
}
