import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { recordEnvironment, sourceRevision, withoutGitVariables } from "./environment.ts";

test("the environment says where and with what a run was made", () => {
  const environment = recordEnvironment({
    directory: tmpdir(),
    heliosVersion: "1.2.3",
    tools: { git: "2.0" },
    now: () => new Date(0),
  });
  assert.equal(environment.recordedAt, "1970-01-01T00:00:00.000Z");
  assert.equal(environment.heliosVersion, "1.2.3");
  assert.equal(environment.node, process.version);
  assert.equal(environment.tools["git"], "2.0");
  assert.ok(environment.cores >= 1 && environment.memoryBytes > 0);
  assert.equal(environment.revision, undefined);
});

test("a directory outside a checkout has no revision", () => {
  const directory = mkdtempSync(join(tmpdir(), "helios-environment-"));
  try {
    assert.equal(sourceRevision(directory), undefined);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("variables that would send Git to another repository are removed, others stay", () => {
  assert.deepEqual(withoutGitVariables({ GIT_DIR: "/x", GIT_INDEX_FILE: "y", PATH: "/bin" }), {
    PATH: "/bin",
  });
});
