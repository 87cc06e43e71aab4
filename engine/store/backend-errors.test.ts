/** What the libraries say, as they said it on a full disk, a disk for reading only and beside another process. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { test } from "node:test";
import type { HeliosError } from "../errors.ts";
import * as lmdb from "./lmdb-binding.ts";
import * as rocksdb from "./rocksdb-binding.ts";

/** As abstract-level gives it: its own error around the binding's. */
const wrapped = (message: string, code: string) =>
  new Error("Database is not open", { cause: Object.assign(new Error(message), { code }) });

function assertCode(error: HeliosError, code: string): void {
  assert.equal(error.code, code, error.message);
  assert.ok(error.remedy.length > 0 && error.cause instanceof Error);
}

test("RocksDB: opening", () => {
  const open = (message: string, code: string) => rocksdb.openError(wrapped(message, code), "objects");
  const lock = "IO error: lock hold by current process, acquire time 1 acquiring thread 2: objects/LOCK";
  assertCode(open(`${lock}: No locks available`, "LEVEL_LOCKED"), "STORE_LOCKED");
  assertCode(
    open("IO error: While lock file: objects/LOCK: Resource temporarily unavailable", "LEVEL_LOCKED"),
    "STORE_LOCKED",
  );
  assertCode(
    open("IO error: while open a file for lock: objects/LOCK: Read-only file system", "LEVEL_IO_ERROR"),
    "STORE_FAILED",
  );
  assertCode(
    open("IO error: while open a file for lock: objects/LOCK: Permission denied", "LEVEL_IO_ERROR"),
    "STORE_FAILED",
  );
  assertCode(
    open("IO error: No space left on device: While appending to file: objects/1.sst", "LEVEL_IO_ERROR"),
    "DISK_FULL",
  );
  assertCode(open("Corruption: CURRENT file does not end with newline", "LEVEL_CORRUPTION"), "STORE_CORRUPT");
  assertCode(open("IO error: No such file or directory: objects/7.sst", "LEVEL_IO_ERROR"), "STORE_CORRUPT");
});

test("RocksDB: reading and writing", () => {
  assertCode(rocksdb.readError(new Error("Corruption: block checksum mismatch")), "STORE_CORRUPT");
  assertCode(rocksdb.readError(new Error("IO error: While pread: Input/output error")), "STORE_FAILED");
  assertCode(
    rocksdb.writeError(new Error("IO error: No space left on device: While appending")),
    "DISK_FULL",
  );
  assertCode(rocksdb.writeError(new Error("IO error: While appending: File too large")), "DISK_FULL");
  assertCode(rocksdb.writeError(new Error("IO error: While fdatasync: Input/output error")), "STORE_FAILED");
});

test("LMDB: opening and reading", () => {
  assertCode(lmdb.openError(new Error("MDB_INVALID: File is not an LMDB file"), "objects"), "STORE_CORRUPT");
  assertCode(
    lmdb.openError(new Error("MDB_VERSION_MISMATCH: Database environment version mismatch"), "objects"),
    "STORE_CORRUPT",
  );
  assertCode(
    lmdb.openError(new Error("Read-only file system: Attempting to setup locks"), "objects"),
    "STORE_FAILED",
  );
  assertCode(lmdb.readError(new Error("MDB_CORRUPTED: Located page was wrong type")), "STORE_CORRUPT");
  assertCode(lmdb.readError(new Error("Input/output error")), "STORE_FAILED");
});

test("LMDB: a write cut short is a full disk where the disk is full, and a broken one otherwise", () => {
  const cutShort = () => lmdb.writeError(new Error("Input/output error"), tmpdir());
  const { statfsSync } = fs;
  const withFree = (bavail: number, check: () => void) => {
    fs.statfsSync = (() => ({ bavail, bsize: 4096 })) as unknown as typeof fs.statfsSync;
    syncBuiltinESMExports();
    try {
      check();
    } finally {
      fs.statfsSync = statfsSync;
      syncBuiltinESMExports();
    }
  };
  withFree(2, () => assertCode(cutShort(), "DISK_FULL"));
  withFree(1_000_000, () => assertCode(cutShort(), "STORE_FAILED"));
  assertCode(lmdb.writeError(new Error("No space left on device"), tmpdir()), "DISK_FULL");
});
