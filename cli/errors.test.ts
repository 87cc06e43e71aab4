import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CLIError } from "@oclif/core/errors";
import { HeliosError } from "@helios/engine";
import { HarnessError } from "@helios/harness";
import { CliError, failureAsJson, failureAsText, failureOf, nearest } from "./errors.ts";
import { exitCodes } from "./exit-codes.ts";

const usage = { bin: "helios-cli", command: "commit", knownFlags: ["message", "json"] };

test("errors of any package of ours keep code, message and remedy", () => {
  for (const error of [
    new HeliosError("STORE_MISSING", "no store", "make one"),
    new HarnessError("GIT_MISSING", "no git", "install it"),
    new CliError("PATH_UNKNOWN", "no path", "look"),
  ]) {
    const { code, message, remedy, exitCode, stack } = failureOf(error, usage);
    assert.deepEqual(
      { code, message, remedy },
      { code: error.code, message: error.message, remedy: error.remedy },
    );
    assert.equal(exitCode, exitCodes.error);
    assert.equal(stack, undefined);
  }
});

test("Ctrl-C ends with the status that shells give it, whoever noticed", () => {
  assert.equal(
    failureOf(new CliError("INTERRUPTED", "interrupted", "again"), usage).exitCode,
    exitCodes.interrupted,
  );
  assert.equal(
    failureOf(new HeliosError("ABORTED", "aborted", "again"), usage).exitCode,
    exitCodes.interrupted,
  );
});

test("a failed system call names the path and what to check; a full disk has a code of its own", () => {
  let failed: unknown;
  try {
    readFileSync("/nowhere/at/all");
  } catch (error) {
    failed = error;
  }
  const failure = failureOf(failed, usage);
  assert.deepEqual([failure.code, failure.path], ["IO_FAILED", "/nowhere/at/all"]);
  const full = Object.assign(new Error("ENOSPC: no space left"), {
    code: "ENOSPC",
    errno: -28,
    syscall: "write",
  });
  assert.equal(failureOf(full, usage).code, "DISK_FULL");
});

test("an error of the parser becomes a usage error with the way to help", () => {
  const failure = failureOf(new CLIError("Expected something\nSee more help with --help"), usage);
  assert.deepEqual(
    [failure.code, failure.message, failure.remedy],
    ["USAGE_FLAG", "Expected something", "helios-cli commit --help"],
  );
});

test("anything else is a defect of the program, shown with where it happened", () => {
  const failure = failureOf(new TypeError("x is not a function"), usage);
  assert.equal(failure.code, "INTERNAL");
  assert.match(failureAsText(failure), /^error INTERNAL: x is not a function\ntry: .+\n +at /);
  assert.equal(failureOf("thrown text", usage).message, "thrown text");
});

test("text has two lines, JSON one value without the stack", () => {
  const failure = failureOf(new HeliosError("STORE_MISSING", "no store", "make one", { path: "/x" }), usage);
  assert.equal(failureAsText(failure), "error STORE_MISSING: no store\ntry: make one\n");
  assert.deepEqual(JSON.parse(failureAsJson(failure)), {
    error: { code: "STORE_MISSING", message: "no store", remedy: "make one", path: "/x" },
  });
});

test("the nearest word is offered only when it is near", () => {
  assert.equal(nearest("comit", ["commit", "restore"]), "commit");
  assert.equal(nearest("stat", ["stats", "restore"]), "stats");
  assert.equal(nearest("xyz", ["commit", "restore"]), undefined);
  assert.equal(nearest("a", []), undefined);
});
