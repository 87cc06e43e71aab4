import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Helios } from "../helios.ts";
import { PERSISTENT_KINDS } from "./backends.ts";

const home = mkdtempSync(join(tmpdir(), "helios-read-only-disk-"));
after(() => rmSync(home, { recursive: true, force: true }));

const FIXTURE = fileURLToPath(new URL("read-only-disk.fixture.ts", import.meta.url));
const canMount = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;

for (const l2 of PERSISTENT_KINDS)
  test(
    `${l2}: on a disk for reading only a store is read, and opening it for writing is refused by name`,
    { skip: !canMount && "needs a file system of its own" },
    async () => {
      const place = mkdtempSync(join(home, "place-"));
      const helios = await Helios.open({ root: join(place, "store"), l2 });
      const vst = helios.checkout("main");
      vst.write("a", "hello");
      vst.commit("one");
      await helios.checkpoint();
      await helios.close();
      const inside = `mount --bind '${place}' '${place}' && mount -o remount,ro,bind '${place}' && "$0" "$@"`;
      const program = [process.execPath, FIXTURE, join(place, "store")];
      const { stdout, stderr } = spawnSync("unshare", ["-rm", "sh", "-c", inside, ...program], {
        encoding: "utf8",
      });
      assert.ok(stdout.length > 0, stderr);
      assert.deepEqual(JSON.parse(stdout), { content: "hello", code: "STORE_FAILED" });
    },
  );
