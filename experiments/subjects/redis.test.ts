import { redisProgram, startRedis } from "../servers/redis-server.ts";
import { redis } from "./redis.ts";
import { serverSubjectSuite } from "./server-subject.suite.ts";

await serverSubjectSuite({
  subject: redis,
  variable: "HELIOS_REDIS_URL",
  nobody: "redis://127.0.0.1:1",
  async start(directory) {
    const server = await startRedis(redisProgram() ?? "redis-server", directory, "process");
    return { url: `redis://127.0.0.1:${server.port}`, stop: () => server.stop() };
  },
});
