/** What is promised of throw-away servers: they answer, they end in order, and they do not outlive the run. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { postgresPrograms } from "./postgres-server.ts";
import { redisProgram } from "./redis-server.ts";
import { ServerProcess } from "./server-process.ts";

const programs = postgresPrograms();
const servers = [
  {
    title: "redis",
    skip: redisProgram() === undefined && "skipped: no redis-server",
    start: `(await import(${at("redis-server.ts")})).startRedis("redis-server", directory, "process")`,
  },
  {
    title: "postgres",
    skip: "reason" in programs && `skipped: ${programs.reason}`,
    start: `(({ postgresPrograms, startPostgres }) => startPostgres(postgresPrograms(), directory))(await import(${at("postgres-server.ts")}))`,
  },
];

function at(file: string): string {
  return JSON.stringify(new URL(file, import.meta.url).href);
}

for (const { title, skip, start } of servers) {
  describe(`a throw-away ${title}`, { skip }, () => {
    let directory = "";
    beforeEach(() => (directory = mkdtempSync(join(tmpdir(), `helios-servers-${title}-`))));
    afterEach(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));

    for (const [how, signal] of [
      ["its process group is killed, as a run over its limit is", "group"],
      ["its starter ends by an error that nobody catches", "error"],
    ] as const) {
      test(`is gone, with all its processes, when ${how}`, async () => {
        const source = `
          const directory = ${JSON.stringify(directory)};
          const server = await ${start};
          process.stdout.write(String(server.pid));
          process.stdin.once("data", () => { throw new Error("planted"); });
        `;
        const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
          detached: true,
          stdio: ["pipe", "pipe", "pipe"],
        });
        let problem = "";
        child.stderr.on("data", (text: Buffer) => (problem += text.toString()));
        const group = child.pid as number;
        try {
          const pid = await new Promise<number>((resolve, reject) => {
            child.stdout.once("data", (text: Buffer) => resolve(Number(text)));
            child.once("exit", () => reject(new Error(`it did not start: ${problem}`)));
          });
          assert.ok(pid > 0 && isAlive(pid));
          const processes = [pid, ...childrenOf(pid)];
          if (signal === "group") process.kill(-group, "SIGKILL");
          else child.stdin.write("now");
          const until = performance.now() + 20_000;
          while (processes.some(isAlive)) {
            assert.ok(performance.now() < until, "still there after 20 s");
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        } finally {
          if (child.exitCode === null && child.signalCode === null) process.kill(-group, "SIGKILL");
        }
      });
    }
  });
}

test("a server that cannot be started says why", async () => {
  const command = () => ({
    program: process.execPath,
    args: ["-e", "console.error('no licence'); process.exit(3)"],
  });
  await assert.rejects(
    ServerProcess.start({
      title: "it",
      command,
      isReady: () => Promise.resolve(false),
      stopSignal: "SIGTERM",
    }),
    { code: "SUBJECT_UNAVAILABLE", message: /it could not be started: no licence/ },
  );
});

test("a program that is not there is told like a server that does not start", async () => {
  const command = () => ({ program: "/no/such/program", args: [] });
  await assert.rejects(
    ServerProcess.start({
      title: "it",
      command,
      isReady: () => Promise.resolve(false),
      stopSignal: "SIGTERM",
    }),
    { code: "SUBJECT_UNAVAILABLE", message: /ENOENT/ },
  );
});

function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && statOf(Number(name))?.[1] === String(pid))
    .map(Number);
}

/** Not there, or a zombie that its own parent has yet to wait for. */
function isAlive(pid: number): boolean {
  const state = statOf(pid)?.[0];
  return state !== undefined && state !== "Z";
}

/** State, parent, ... as in proc(5). */
function statOf(pid: number): string[] | undefined {
  if (!existsSync(`/proc/${pid}/stat`)) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
