/**
 * The law of a guard, as tests, and `plantTree`, which writes a project to a temporary directory for them. A guard
 * joins with one call: a tree it passes, and one with a finding in it.
 */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { noExceptions } from "../exceptions.ts";
import type { Exception, ExceptionSet } from "../exceptions.ts";
import { compareFindings } from "./guard.ts";
import type { Guard, GuardProgress, GuardResult } from "./guard.ts";

/** Path to content, `/`-separated. */
export type Tree = Readonly<Record<string, string | Uint8Array>>;

/** Writes a tree below a new temporary directory, removed after the test; gives its root. */
export async function plantTree(context: TestContext, tree: Tree): Promise<string> {
  const root = await mkdtemp(path.join(os.tmpdir(), "helios-policy-"));
  context.after(() => rm(root, { recursive: true, force: true }));
  for (const [file, content] of Object.entries(tree)) {
    const absolute = path.join(root, file);
    await mkdir(path.dirname(absolute), { recursive: true });
    await writeFile(absolute, content);
  }
  return root;
}

const now = new Date("2026-06-15T12:00:00Z");

export function exceptionsOf(...entries: readonly Partial<Exception>[]): ExceptionSet {
  return {
    ...noExceptions(now),
    file: "policy/exceptions.yaml",
    entries: entries.map((entry, index) => ({
      id: `exception-${index}`,
      guard: "licences",
      rules: [],
      package: undefined,
      files: [],
      reason: "because",
      owner: "maintainers",
      expires: "2026-12-31",
      chosen: undefined,
      components: [],
      line: index + 3,
      ...entry,
    })),
  };
}

export function guardSuite(subject: {
  readonly guard: Guard;
  /** Everything is looked at and nothing is found. */
  readonly clean: Tree;
  /** Exactly one error, of this rule. */
  readonly planted: Tree;
  readonly rule: string;
}): void {
  const { guard, rule } = subject;
  const run = (root: string, exceptions = noExceptions(now)): Promise<GuardResult> =>
    guard.run({ root, exceptions });

  describe(`guard ${guard.id}`, () => {
    test("a clean tree passes, with how much was looked at", async (context) => {
      const result = await run(await plantTree(context, subject.clean));
      checkResult(guard, result);
      assert.equal(result.verdict, "pass", JSON.stringify(result, undefined, 1));
      assert.ok(result.scanned > 0);
    });

    test("a planted violation fails", async (context) => {
      const result = await run(await plantTree(context, subject.planted));
      checkResult(guard, result);
      assert.equal(result.verdict, "fail");
      assert.deepEqual(
        result.findings.filter(({ level }) => level === "error").map(({ ruleId }) => ruleId),
        [rule],
      );
    });

    test("an empty directory is not checked", async (context) => {
      const result = await run(await plantTree(context, {}));
      checkResult(guard, result);
      assert.equal(result.verdict, "not-checked");
      assert.equal(result.scanned, 0);
    });

    test("the same tree gives the same result", async (context) => {
      const root = await plantTree(context, subject.planted);
      const times = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
      const first = JSON.stringify(await run(root)).replace(times, "");
      assert.equal(JSON.stringify(await run(root)).replace(times, ""), first);
    });

    test("an exception moves the finding aside with its reason; it is not gone", async (context) => {
      const root = await plantTree(context, subject.planted);
      const [finding] = (await run(root)).findings.filter(({ level }) => level === "error");
      const exceptions = exceptionsOf({
        guard: guard.id,
        rules: [rule],
        package: finding!.package,
        files: [{ path: finding!.package === undefined ? finding!.file : "**", sha256: finding!.sha256 }],
      });
      const result = await run(root, exceptions);
      checkResult(guard, result);
      assert.notEqual(result.verdict, "fail", JSON.stringify(result.findings, undefined, 1));
      assert.deepEqual(
        result.suppressed.map(({ finding: suppressed }) => suppressed.ruleId),
        [rule],
      );

      const expired = { ...exceptions, asOf: "2027-01-01" };
      const late = await run(root, expired);
      assert.equal(late.verdict, "fail");
      assert.deepEqual(
        late.findings
          .filter(({ level }) => level === "error")
          .map(({ ruleId }) => ruleId)
          .sort(),
        [`${guard.id}/exception-expired`, rule].sort(),
      );
    });

    test("an exception that covers nothing fails", async (context) => {
      const root = await plantTree(context, subject.clean);
      const unused = exceptionsOf({
        guard: guard.id,
        rules: [rule],
        files: [{ path: "nowhere/**", sha256: undefined }],
      });
      const result = await run(root, unused);
      assert.equal(result.verdict, "fail");
      assert.equal(
        result.findings.find(({ level }) => level === "error")?.ruleId,
        `${guard.id}/exception-unused`,
      );
      // An exception for another guard is none of its business.
      const foreign = exceptionsOf({ guard: "another", rules: ["another/rule"], package: "x@1" });
      assert.equal((await run(root, foreign)).verdict, "pass");
    });

    test("a root that is no directory is refused", async (context) => {
      const root = await plantTree(context, { file: "x" });
      for (const wrong of [path.join(root, "absent"), path.join(root, "file")]) {
        await assert.rejects(run(wrong), { name: "PolicyError", code: "GUARD_ROOT" });
      }
    });

    test("an abort ends it", async (context) => {
      const root = await plantTree(context, subject.planted);
      const signal = AbortSignal.abort();
      await assert.rejects(guard.run({ root, exceptions: noExceptions(now), signal }), {
        name: "PolicyError",
        code: "GUARD_ABORTED",
      });
    });

    test("progress never goes back", async (context) => {
      const root = await plantTree(context, subject.planted);
      const seen: GuardProgress[] = [];
      await guard.run({ root, exceptions: noExceptions(now), onProgress: (progress) => seen.push(progress) });
      assert.ok(seen.length > 0);
      seen.slice(1).forEach((progress, index) => assert.ok(progress.done >= seen[index]!.done));
    });
  });
}

/** What holds for every result. */
function checkResult(guard: Guard, result: GuardResult): void {
  assert.equal(result.guard, guard.id);
  assert.notEqual(result.reason, "");
  assert.notEqual(result.scannedUnit, "");
  assert.deepEqual([...result.findings].sort(compareFindings), result.findings);
  const everything = [...result.findings, ...result.suppressed.map(({ finding }) => finding)];
  for (const finding of everything) {
    assert.ok(finding.ruleId.startsWith(`${guard.id}/`), finding.ruleId);
    assert.ok(!path.isAbsolute(finding.file) && !finding.file.includes("\\"), finding.file);
    assert.ok(finding.line >= 1 && finding.column >= 1);
    assert.match(finding.message, /\S/);
    assert.doesNotMatch(finding.message, /undefined/);
    if (finding.sha256 !== undefined) assert.match(finding.sha256, /^[0-9a-f]{64}$/);
  }
  for (const { path: at, code, reason } of result.notScanned) {
    assert.ok(!path.isAbsolute(at) && code !== "" && reason !== "");
    assert.ok(!reason.includes(os.tmpdir()), reason);
  }
}
