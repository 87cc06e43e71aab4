import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { subjectSuite } from "@helios/harness";
import { redis } from "./redis.ts";

const availability = await redis.availability();
if (availability.kind === "unavailable") {
  test("redis as a subject", { skip: `skipped: ${availability.reason}` }, () => {});
} else {
  subjectSuite(redis, { describe, test });

  test("the bytes of a server of its own are booked to this process when it settles", async (t) => {
    if (process.env["HELIOS_REDIS_URL"]) return t.skip("skipped: the server is not a child of this process");
    const directory = mkdtempSync(join(tmpdir(), "helios-redis-"));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const session = await redis.open({ directory, durability: "power" });
    await session.load([]);
    assert.ok(
      existsSync(join(directory, "redis/appendonlydir")),
      "it keeps its files below the run's directory",
    );
    await session.apply([{ kind: "put", path: "a", bytes: Buffer.alloc(4 << 20, 1), mode: "file" }]);
    const before = await written();
    await session.commit("four megabytes");
    const afterCommit = await written();
    await session.settle();
    const afterSettling = await written();
    assert.ok(afterCommit - before < 6 << 20, "the client's side of the socket alone");
    assert.ok(afterSettling - afterCommit >= 4 << 20, "the server's append-only file");
    await session.close();
  });
}

async function written(): Promise<number> {
  const { readFile } = await import("node:fs/promises");
  return Number(/^wchar: (\d+)$/m.exec(await readFile("/proc/self/io", "utf8"))?.[1]);
}

test("a server that does not answer makes the subject unavailable, with a remedy", async () => {
  const before = process.env["HELIOS_REDIS_URL"];
  process.env["HELIOS_REDIS_URL"] = "redis://127.0.0.1:1";
  try {
    const answer = await redis.availability();
    assert.ok(answer.kind === "unavailable");
    assert.match(answer.reason, /HELIOS_REDIS_URL/);
  } finally {
    if (before === undefined) delete process.env["HELIOS_REDIS_URL"];
    else process.env["HELIOS_REDIS_URL"] = before;
  }
});
