import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { subjectSuite } from "@helios/harness";
import { sqlite } from "./sqlite.ts";

subjectSuite(sqlite, { describe, test });

const directory = mkdtempSync(join(tmpdir(), "helios-sqlite-"));
after(() => rmSync(directory, { recursive: true, force: true }));

test("a state that was committed is in the file, for another connection to see", async () => {
  const { DatabaseSync } = await import("node:sqlite");
  const session = await sqlite.open({ directory, durability: "process" });
  await session.load([{ kind: "put", path: "a", bytes: Buffer.from("1"), mode: "file" }]);
  await session.apply([{ kind: "put", path: "a", bytes: Buffer.from("2"), mode: "file" }]);
  await session.commit("second");
  const other = new DatabaseSync(join(directory, "states.sqlite"));
  const contents = other.prepare("SELECT CAST(content AS TEXT) AS text FROM row ORDER BY id").all();
  assert.deepEqual(
    contents.map(({ text }) => text),
    ["1", "2"],
  );
  other.close();
  await session.close();
});

test("a state that was never made is refused", async () => {
  const session = await sqlite.open({ directory, durability: "memory" });
  await session.load([]);
  assert.throws(() => void session.checkout("7"), { code: "RUN_FAILED" });
  await session.close();
});
