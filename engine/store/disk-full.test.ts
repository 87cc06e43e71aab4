import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { backendOf, PERSISTENT_KINDS } from "./backends.ts";

const home = mkdtempSync(join(tmpdir(), "helios-disk-full-"));
after(() => rmSync(home, { recursive: true, force: true }));

const FIXTURE = fileURLToPath(new URL("disk-full.fixture.ts", import.meta.url));
/** In units of 512 bytes, as POSIX has it, or 1,024, as bash: 4 or 8 MB for each file. */
const FILE_LIMIT = 8192;

/** Runs the fixture through another program, and gives what it says. */
function fill([program, ...rest]: readonly string[]): Record<string, unknown> {
  const { stdout, stderr } = spawnSync(program!, rest, { encoding: "utf8" });
  assert.ok(stdout.length > 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

for (const kind of PERSISTENT_KINDS)
  test(
    `${kind}: where a file cannot grow, a write is refused by name, and everything acknowledged is there afterwards`,
    { skip: process.platform === "win32" && "there is no ulimit" },
    async () => {
      const location = join(mkdtempSync(join(home, "store-")), "objects");
      const { acknowledged, code, readable } = fill([
        "sh",
        "-c",
        `ulimit -f ${FILE_LIMIT}; exec "$0" "$@"`,
        process.execPath,
        FIXTURE,
        kind,
        location,
      ]);
      // LMDB cannot tell a limit on files from a broken disk.
      assert.equal(code, kind === "lmdb" ? "STORE_FAILED" : "DISK_FULL");
      assert.ok(Number(acknowledged) >= 1);
      assert.equal(readable, true);
      const store = await (await backendOf(kind)).open(location);
      for (let n = 1; n <= Number(acknowledged); n++)
        for (const part of [1, 2, 3])
          assert.equal(store.get("blobs", Buffer.from(`${n} ${part}`))?.length, 100_000);
      // Of what was refused there is nothing: all or none.
      assert.equal(store.range("blobs").length, 3 * Number(acknowledged));
      store.write([{ kind: "put", space: "refs", key: Buffer.from("k"), value: Buffer.from("v") }]);
      await store.close();
    },
  );
