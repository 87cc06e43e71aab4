import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { HarnessError } from "./errors.ts";
import {
  IoMeter,
  allocatedBytes,
  filesystemType,
  ioAvailability,
  parseProcessIo,
  requireIoAccounting,
} from "./io-accounting.ts";

let directory = "";
before(() => (directory = mkdtempSync(join(tmpdir(), "helios-io-"))));
after(() => rmSync(directory, { recursive: true, force: true }));

describe("parseProcessIo", () => {
  test("takes the fields by name", () => {
    const text =
      "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n";
    assert.deepEqual(parseProcessIo(text), { rchar: 1, wchar: 2, writeBytes: 6, cancelledWriteBytes: 7 });
  });

  test("refuses a text that lacks a field", () => assert.throws(() => parseProcessIo("rchar: 1\n"), /wchar/));
});

describe("filesystemType", () => {
  const mountinfo = (mountPoint: string, type: string): string =>
    `36 35 98:0 / ${mountPoint} rw,noatime master:1 shared:2 - ${type} /dev/root rw`;

  test("is that of the longest mount point above the directory", () => {
    const table = [
      mountinfo("/", "ext4"),
      mountinfo(tmpdir(), "xfs"),
      mountinfo(`${tmpdir()}x`, "tmpfs"),
    ].join("\n");
    assert.equal(filesystemType(directory, table), "xfs");
  });

  test("is that of the last of several mounts on one point", () => {
    assert.equal(
      filesystemType("/", [mountinfo("/", "rootfs"), mountinfo("/", "btrfs")].join("\n")),
      "btrfs",
    );
  });

  test("reads a mount point with a space in its name", () => {
    const spaced = join(directory, "a b");
    mkdirSync(spaced);
    assert.equal(filesystemType(spaced, mountinfo(spaced.replace(" ", "\\040"), "xfs")), "xfs");
  });

  test("is unknown where there is no table", () => assert.equal(filesystemType("/", ""), "unknown"));
});

describe("memory file systems", { skip: existsSync("/dev/shm") ? false : "no /dev/shm" }, () => {
  test("are refused with the reason and a remedy", () => {
    const availability = ioAvailability("/dev/shm");
    assert.equal(availability.kind, "unavailable");
    assert.ok(availability.kind === "unavailable" && /is on tmpfs/.test(availability.reason));
    assert.throws(
      () => requireIoAccounting("/dev/shm"),
      (error) =>
        error instanceof HarnessError && error.code === "IO_ACCOUNTING_UNAVAILABLE" && error.remedy !== "",
    );
  });
});

describe("allocatedBytes", () => {
  test("counts blocks, a hard link once, and no target of a symlink", () => {
    const root = join(directory, "blocks");
    mkdirSync(root);
    const empty = allocatedBytes(root);
    writeFileSync(join(root, "a"), Buffer.alloc(100_000, 1));
    const one = allocatedBytes(root) - empty;
    assert.ok(one >= 100_000 && one < 200_000, String(one));
    linkSync(join(root, "a"), join(root, "b"));
    symlinkSync(process.execPath, join(root, "c"));
    assert.ok(allocatedBytes(root) - empty < one + 10_000);
  });
});

describe("IoMeter", { skip: existsSync("/proc/self/io") ? false : "no /proc/self/io" }, () => {
  test("counts this process and the children it waited for", () => {
    const root = join(directory, "meter");
    mkdirSync(root);
    const meter = new IoMeter(root);
    meter.start();
    writeFileSync(join(root, "own"), Buffer.alloc(300_000, 1));
    const script = `require("fs").writeFileSync(${JSON.stringify(join(root, "child"))}, Buffer.alloc(500_000, 1))`;
    execFileSync(process.execPath, ["-e", script]);
    const measured = meter.stop();
    // The child's start-up and the counters' own reading may add a little, never 100 kB.
    assert.ok(measured.wcharBytes >= 800_000 && measured.wcharBytes < 900_000, JSON.stringify(measured));
    assert.ok(measured.allocatedBytes >= 800_000, JSON.stringify(measured));
    if (ioAvailability(root).kind === "available")
      assert.ok(measured.storageBytes >= 800_000, JSON.stringify(measured));
  });

  test("cannot be stopped before it was started", () =>
    assert.throws(() => new IoMeter(directory).stop(), /not started/));
});
