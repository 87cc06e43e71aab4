import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmod, utimes } from "node:fs/promises";
import path from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { noExceptions } from "../exceptions.ts";
import { exceptionsOf, guardSuite, plantTree } from "./guard.suite.ts";
import type { Tree } from "./guard.suite.ts";
import { boundReport, vulnerabilityGuard } from "./vulnerabilities.ts";
import type { ImportedReport, VulnerabilityResult, VulnerabilitySettings } from "./vulnerabilities.ts";

const now = new Date("2026-06-15T12:00:00Z");
const lock = JSON.stringify({
  lockfileVersion: 3,
  packages: {
    "": { dependencies: { a: "1" } },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "2.0.0" },
    "node_modules/tool": { version: "3.0.0", dev: true },
  },
});
const lockHash = createHash("sha256").update(lock).digest("hex");
const tree: Tree = { "package.json": "{}", "package-lock.json": lock };

const advisory = (severity: string, name = "a"): object => ({
  [name]: {
    name,
    severity,
    via: [{ title: "Remote code execution", url: "https://example.com/1", severity }, "b"],
    range: "<2",
    nodes: [`node_modules/${name}`],
  },
});

/** A report as `npm audit --json` writes it. */
function report(
  counts: Partial<Record<"critical" | "high", number>> = {},
  found: object = {},
  total = 3,
): object {
  return {
    auditReportVersion: 2,
    vulnerabilities: found,
    metadata: {
      vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0, ...counts },
      dependencies: { prod: 2, dev: 1, total },
    },
  };
}

async function check(
  context: TestContext,
  answer: unknown,
  settings: VulnerabilitySettings = {},
  exceptions = noExceptions(now),
): Promise<VulnerabilityResult> {
  const root = await plantTree(context, tree);
  const runAudit = (): Promise<string> =>
    Promise.resolve(typeof answer === "string" ? answer : JSON.stringify(answer));
  return vulnerabilityGuard({ now: () => now, runAudit, ...settings }).run({ root, exceptions });
}

guardSuite({
  guard: vulnerabilityGuard({
    now: () => now,
    // The answer depends on the tree, as a registry's would.
    runAudit: async (root) => {
      const { readFile } = await import("node:fs/promises");
      const bad = (await readFile(path.join(root, "package.json"), "utf8")).includes("bad");
      return JSON.stringify(bad ? report({ critical: 1 }, advisory("critical")) : report());
    },
  }),
  clean: tree,
  planted: { ...tree, "package.json": '{"name":"bad"}' },
  rule: "vulnerabilities/critical",
});

describe("an answer from npm", () => {
  test("nothing found is a pass, with time, source and how many dependencies", async (context) => {
    const result = await check(context, report());
    assert.equal(result.verdict, "pass");
    assert.deepEqual(
      [
        result.dependencies,
        result.critical,
        result.high,
        result.checkedAt,
        result.source,
        result.lockFileSha256,
      ],
      [2, 0, 0, now.toISOString(), "npm audit", lockHash],
    );
  });

  test("a critical one fails and says where; high ones are warnings, the rest notes", async (context) => {
    const result = await check(
      context,
      report(
        { critical: 1, high: 1 },
        {
          ...advisory("critical"),
          ...advisory("high", "b"),
          ...advisory("low", "tool"),
          ...advisory("odd", "x"),
        },
      ),
    );
    assert.equal(result.verdict, "fail");
    assert.deepEqual(
      result.findings.map(({ ruleId, level, package: name }) => [ruleId, level, name]),
      [
        ["vulnerabilities/critical", "error", "a@1.0.0"],
        ["vulnerabilities/development", "note", "tool@3.0.0"],
        ["vulnerabilities/high", "warning", "b@2.0.0"],
        ["vulnerabilities/unrated", "warning", "x@<2"],
      ],
    );
    assert.match(
      result.findings[0]!.message,
      /a@1\.0\.0: critical: Remote code execution \(https:\/\/example\.com\/1\)\./,
    );
    const onlyHigh = await check(context, report({ high: 1 }, advisory("high")));
    assert.equal(onlyHigh.verdict, "pass");
    assert.equal(onlyHigh.high, 1);
  });

  test("a critical one in development only does not count, also where the report was made with it", async (context) => {
    const result = await check(context, report({ critical: 1 }, advisory("critical", "tool")));
    assert.deepEqual([result.verdict, result.critical], ["pass", 0]);
    assert.equal(result.findings[0]?.ruleId, "vulnerabilities/development");
  });

  test("one that nobody rated is not passed over", async (context) => {
    const result = await check(context, report({}, advisory("odd")));
    assert.equal(result.verdict, "not-checked");
    assert.match(result.reason, /1 that nobody rated/);
  });

  test("where count and list differ, the worse one is believed", async (context) => {
    assert.equal((await check(context, report({ critical: 2 }))).verdict, "fail");
    const uncounted = await check(context, report({}, advisory("critical")));
    assert.deepEqual([uncounted.verdict, uncounted.critical], ["fail", 1]);
  });

  test("an accepted advisory no longer counts, and stays visible", async (context) => {
    const rules = ["vulnerabilities/critical"];
    const accepted = exceptionsOf({ guard: "vulnerabilities", rules, package: "a@1.*" });
    const result = await check(context, report({ critical: 1 }, advisory("critical")), {}, accepted);
    assert.deepEqual([result.verdict, result.critical, result.suppressed.length], ["pass", 0, 1]);
  });

  test("what is linked into binaries has no advisory source, and that is said", async (context) => {
    const recorded = exceptionsOf({
      guard: "licences",
      rules: ["licences/native-code"],
      package: "n@1",
      components: ["zlib"],
    });
    const result = await check(context, report(), {}, recorded);
    assert.deepEqual(
      result.findings.map(({ ruleId, level }) => [ruleId, level]),
      [["vulnerabilities/no-advisory-source", "note"]],
    );
    assert.equal(result.verdict, "pass");
  });
});

describe("no answer is not a pass", () => {
  const answers: readonly (readonly [name: string, answer: unknown, reason: RegExp])[] = [
    ["an error", { message: "request failed", error: { summary: "", detail: "" } }, /error: request failed/],
    ["an error with a code", { error: { code: "ENOLOCK", summary: "no lock" } }, /ENOLOCK/],
    ["an error without a reason", { ...report(), error: {} }, /without a reason/],
    ["another version", { ...report(), auditReportVersion: 1 }, /version 1/],
    ["an empty object", {}, /version undefined/],
    ["no dependencies: what --offline answers", report({}, {}, 0), /no dependency/],
    ["no counts", { ...report(), metadata: { dependencies: { total: 3 } } }, /count/],
    ["a count that is none", report({ critical: -1 }), /count/],
    ["no list", { ...report(), vulnerabilities: undefined }, /count/],
    ["a list", [], /not a JSON object/],
    ["no JSON", "npm ERR! network", /no JSON/],
    ["nothing", "", /no JSON/],
  ];
  for (const [name, answer, reason] of answers) {
    test(name, async (context) => {
      const result = await check(context, answer);
      assert.equal(result.verdict, "not-checked");
      assert.match(result.reason, reason);
      assert.match(result.reason, /npm audit, 2026-06-15T12:00:00\.000Z/);
      assert.deepEqual([result.scanned, result.dependencies], [0, 0]);
      assert.equal(result.notScanned[0]?.code, "no-answer");
    });
  }

  test("npm cannot be run; passwords in its messages are not repeated", async (context) => {
    const runAudit = (): Promise<string> =>
      Promise.reject(new Error("connect https://me:secret@registry.example/ refused"));
    const result = await check(context, undefined, { runAudit });
    assert.equal(result.verdict, "not-checked");
    assert.match(result.reason, /https:\/\/registry\.example/);
    assert.doesNotMatch(result.reason, /secret/);
  });

  test("no lock file", async (context) => {
    const root = await plantTree(context, { "package.json": "{}" });
    const result = await vulnerabilityGuard({ now: () => now }).run({ root, exceptions: noExceptions(now) });
    assert.deepEqual([result.verdict, result.notScanned[0]?.code], ["not-checked", "lock-missing"]);
  });

  test("no production dependency: nothing was checked", async (context) => {
    const empty = JSON.stringify({
      lockfileVersion: 3,
      packages: { "node_modules/tool": { version: "1.0.0", dev: true } },
    });
    const root = await plantTree(context, { "package-lock.json": empty });
    const guard = vulnerabilityGuard({
      now: () => now,
      runAudit: () => Promise.resolve(JSON.stringify(report())),
    });
    const result = await guard.run({ root, exceptions: noExceptions(now) });
    assert.deepEqual([result.verdict, result.notScanned[0]?.code], ["not-checked", "nothing-to-check"]);
  });

  test("an abort while npm runs ends it", async (context) => {
    const root = await plantTree(context, tree);
    const controller = new AbortController();
    const runAudit = (): Promise<string> => {
      controller.abort();
      return Promise.reject(new Error("killed"));
    };
    const guard = vulnerabilityGuard({ now: () => now, runAudit });
    await assert.rejects(guard.run({ root, exceptions: noExceptions(now), signal: controller.signal }), {
      code: "GUARD_ABORTED",
    });
  });
});

describe("npm itself", () => {
  /** A pretend npm on the PATH, which writes its arguments and environment where the test can see them. */
  async function withNpm<T>(
    context: TestContext,
    script: string,
    body: (root: string) => Promise<T>,
  ): Promise<T> {
    const bin = await plantTree(context, { npm: `#!${process.execPath}\n${script}` });
    await chmod(path.join(bin, "npm"), 0o755);
    const before = process.env["PATH"];
    process.env["PATH"] = bin;
    context.after(() => (process.env["PATH"] = before));
    return body(await plantTree(context, tree));
  }
  const live = vulnerabilityGuard({ now: () => now });
  const posix = { skip: process.platform === "win32" ? "the pretend npm is a script" : false };

  test("is asked online, for production only, and its exit code decides nothing", posix, async (context) => {
    const answer = JSON.stringify(report({ critical: 1 }, advisory("critical")));
    const script = `
      const flags = process.argv.slice(2);
      const wanted = ["audit", "--json", "--omit=dev", "--offline=false"];
      console.log(wanted.every((flag) => flags.includes(flag)) ? ${JSON.stringify(answer)} : "{}");
      process.exitCode = 1;`;
    const result = await withNpm(context, script, (root) =>
      live.run({ root, exceptions: noExceptions(now) }),
    );
    assert.deepEqual([result.verdict, result.critical], ["fail", 1]);
  });

  test("exits 0 and writes nothing: not checked", posix, async (context) => {
    const result = await withNpm(context, "", (root) => live.run({ root, exceptions: noExceptions(now) }));
    assert.equal(result.verdict, "not-checked");
    assert.match(result.reason, /wrote nothing/);
  });
});

describe("an imported report", () => {
  const imported = (rest: Partial<Record<keyof ImportedReport, unknown>> = {}): string =>
    JSON.stringify({
      format: "helios-vulnerability-report/1",
      lockFileSha256: lockHash,
      checkedAt: "2026-06-14T12:00:00Z",
      source: "nightly job",
      report: report(),
      ...rest,
    });
  const run = async (
    context: TestContext,
    text: string,
    settings: VulnerabilitySettings = {},
  ): Promise<VulnerabilityResult> => {
    const directory = await plantTree(context, { "report.json": text });
    return check(context, undefined, { importedFile: path.join(directory, "report.json"), ...settings });
  };

  test("is accepted with its own time and source when lock file and age fit", async (context) => {
    const result = await run(context, imported());
    assert.equal(result.verdict, "pass");
    assert.equal(result.checkedAt, "2026-06-14T12:00:00Z");
    assert.equal(result.source, "imported report.json (nightly job)");
    const failing = await run(context, imported({ report: report({ critical: 1 }, advisory("critical")) }));
    assert.equal(failing.verdict, "fail");
  });

  test("the last accepted day, and the next", async (context) => {
    assert.equal((await run(context, imported({ checkedAt: "2026-06-08T12:00:00Z" }))).verdict, "pass");
    const old = await run(context, imported({ checkedAt: "2026-06-08T11:59:59Z" }));
    assert.equal(old.verdict, "not-checked");
    assert.match(old.reason, /days old/);
    assert.equal(
      (await run(context, imported({ checkedAt: "2026-06-08T11:59:59Z" }), { maxAgeDays: 30 })).verdict,
      "pass",
    );
  });

  const refused: readonly (readonly [name: string, text: string, reason: RegExp])[] = [
    ["another lock file", imported({ lockFileSha256: "0".repeat(64) }), /another package-lock\.json/],
    ["no lock file named", imported({ lockFileSha256: undefined }), /another package-lock\.json/],
    ["from the future", imported({ checkedAt: "2026-06-16T12:00:00Z" }), /future/],
    ["without a time", imported({ checkedAt: undefined }), /when it was made/],
    ["with a time that is none", imported({ checkedAt: "soon" }), /when it was made/],
    ["another format", imported({ format: "x" }), /format/],
    ["bare npm output, bound to nothing", JSON.stringify(report()), /format/],
    ["no JSON", "{", /not JSON/],
  ];
  for (const [name, text, reason] of refused) {
    test(`refused: ${name}`, async (context) => {
      const result = await run(context, text);
      assert.deepEqual([result.verdict, result.notScanned[0]?.code], ["not-checked", "import-refused"]);
      assert.match(result.reason, reason);
    });
  }

  test("refused: a file that is not there; and what is in it must still be an answer", async (context) => {
    const missing = await check(context, undefined, { importedFile: "/nowhere/report.json" });
    assert.match(missing.reason, /cannot be read/);
    const empty = await run(context, imported({ report: {}, source: "" }));
    assert.equal(empty.verdict, "not-checked");
    assert.match(empty.reason, /unnamed source/);
  });
});

describe("projects of pnpm and yarn", () => {
  const yarnLock = `# yarn lockfile v1\n\n\na@1:\n  version "1.0.0"\n\ntool@3:\n  version "3.0.0"\n`;
  const manifest = JSON.stringify({ dependencies: { a: "1" }, devDependencies: { tool: "3" } });

  test("npm is asked by names and versions of what is for production", async (context) => {
    const root = await plantTree(context, { "yarn.lock": yarnLock, "package.json": manifest });
    let asked: unknown;
    const runAudit = async (directory: string): Promise<string> => {
      const { readFile } = await import("node:fs/promises");
      asked = JSON.parse(await readFile(path.join(directory, "package-lock.json"), "utf8"));
      assert.notEqual(directory, root);
      const found = {
        a: { name: "a", severity: "critical", via: [], range: "*", nodes: ["node_modules/package-0"] },
      };
      return JSON.stringify(report({ critical: 1 }, found, 1));
    };
    const guard = vulnerabilityGuard({ now: () => now, runAudit });
    const result = await guard.run({ root, exceptions: noExceptions(now) });
    assert.deepEqual((asked as { packages: unknown }).packages, {
      "": { name: "audited", version: "0.0.0" },
      "node_modules/package-0": { name: "a", version: "1.0.0" },
    });
    assert.deepEqual(
      [result.verdict, result.findings[0]?.package, result.findings[0]?.file],
      ["fail", "a@1.0.0", "yarn.lock"],
    );
  });
});

describe("a report of osv-scanner", () => {
  /** A package as osv-scanner lists it. */
  const osvPackage = (
    name: string,
    version: string,
    vulnerabilities: readonly object[],
    groups: readonly object[] = [],
  ): object => ({
    package: { name, version, ecosystem: "npm" },
    vulnerabilities,
    groups,
  });
  const osv = (...packages: readonly object[]): object => ({
    results: [{ source: { path: "/somewhere/package-lock.json", type: "lockfile" }, packages }],
  });
  const run = async (context: TestContext, found: unknown): Promise<VulnerabilityResult> => {
    const envelope = {
      format: "helios-vulnerability-report/1",
      lockFileSha256: lockHash,
      checkedAt: "2026-06-14T12:00:00Z",
      source: "osv-scanner",
      report: found,
    };
    const directory = await plantTree(context, { "osv.json": JSON.stringify(envelope) });
    return check(context, undefined, { importedFile: path.join(directory, "osv.json") });
  };
  const named = (result: VulnerabilityResult): readonly unknown[] =>
    result.findings.map(({ ruleId, level, package: name }) => [ruleId.split("/")[1], level, name]);

  test("nothing found is a pass, with time and source", async (context) => {
    const result = await run(context, osv());
    assert.deepEqual(
      [result.verdict, result.dependencies, result.source],
      ["pass", 2, "imported osv.json (osv-scanner)"],
    );
  });

  test("what the database says comes before scores; a score before nothing", async (context) => {
    const vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    const result = await run(
      context,
      osv(
        osvPackage("a", "1.0.0", [
          {
            id: "GHSA-1",
            database_specific: { severity: "MODERATE" },
            severity: [{ type: "CVSS_V3", score: vector }],
          },
          { id: "GHSA-2", severity: [{ type: "CVSS_V3", score: vector }] },
          {
            id: "GHSA-3",
            affected: [
              {
                severity: [
                  {
                    type: "CVSS_V4",
                    score: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N",
                  },
                ],
              },
            ],
          },
        ]),
        osvPackage(
          "b",
          "2.0.0",
          [{ id: "OSV-4" }, { id: "OSV-5" }, { id: "MAL-6" }],
          [{ ids: ["OSV-4"], max_severity: "7.5" }],
        ),
      ),
    );
    assert.deepEqual(named(result), [
      ["critical", "error", "a@1.0.0"],
      ["critical", "error", "b@2.0.0"],
      ["high", "warning", "a@1.0.0"],
      ["high", "warning", "b@2.0.0"],
      ["moderate", "note", "a@1.0.0"],
      ["unrated", "warning", "b@2.0.0"],
    ]);
    assert.deepEqual([result.verdict, result.critical, result.high], ["fail", 2, 2]);
  });

  test("several ids of one thing count once, however they are linked", async (context) => {
    const critical = { database_specific: { severity: "CRITICAL" } };
    const result = await run(
      context,
      osv(
        osvPackage(
          "a",
          "1.0.0",
          [
            { id: "GHSA-1", aliases: ["CVE-1"], summary: "Bad", ...critical },
            { id: "NPM-7", aliases: ["CVE-1"] },
            { id: "SNYK-9" },
          ],
          [{ ids: ["SNYK-9", "NPM-7"] }],
        ),
      ),
    );
    assert.equal(result.critical, 1);
    assert.match(
      result.findings[0]!.message,
      /^a@1\.0\.0: critical: Bad \(CVE-1, GHSA-1, NPM-7, SNYK-9\)\.$/,
    );
  });

  test("withdrawn ones, other ecosystems and development do not count", async (context) => {
    const critical = { database_specific: { severity: "CRITICAL" } };
    const result = await run(
      context,
      osv(
        osvPackage("a", "1.0.0", [{ id: "GHSA-1", withdrawn: "2026-01-01T00:00:00Z", ...critical }]),
        osvPackage("tool", "3.0.0", [{ id: "GHSA-2", ...critical }]),
        {
          ...osvPackage("a", "1.0.0", [{ id: "RUSTSEC-1", ...critical }]),
          package: { name: "a", version: "1.0.0", ecosystem: "crates.io" },
        },
      ),
    );
    assert.deepEqual(named(result), [["development", "note", "tool@3.0.0"]]);
    assert.equal(result.verdict, "pass");
  });

  test("a package that the lock file does not know counts as production", async (context) => {
    const result = await run(
      context,
      osv(osvPackage("ghost", "9.9.9", [{ id: "GHSA-1", database_specific: { severity: "CRITICAL" } }])),
    );
    assert.deepEqual(named(result), [["critical", "error", "ghost@9.9.9"]]);
  });

  test("refused: of another lock file, or without names", async (context) => {
    const foreign = await run(context, { results: [{ source: { path: "/x/yarn.lock" }, packages: [] }] });
    assert.match(foreign.reason, /made for yarn\.lock/);
    const nameless = await run(context, { results: [{ packages: [{}] }] });
    assert.deepEqual([foreign.verdict, nameless.verdict], ["not-checked", "not-checked"]);
    assert.equal((await run(context, { results: [3] })).verdict, "not-checked");
  });
});

describe("binding a bare report", () => {
  const plant = async (
    context: TestContext,
    text: string,
    lockTime: string,
    reportTime: string,
  ): Promise<{ root: string; file: string }> => {
    const root = await plantTree(context, { ...tree, "r.json": text });
    const file = path.join(root, "r.json");
    await utimes(path.join(root, "package-lock.json"), new Date(lockTime), new Date(lockTime));
    await utimes(file, new Date(reportTime), new Date(reportTime));
    return { root, file };
  };

  test("gives an envelope with the hash of the lock file and the time of the report", async (context) => {
    const { root, file } = await plant(
      context,
      JSON.stringify(report()),
      "2026-06-14T10:00:00Z",
      "2026-06-14T12:00:00Z",
    );
    const bound = await boundReport(root, file);
    assert.deepEqual(
      [bound.lockFileSha256, bound.checkedAt, bound.source],
      [lockHash, "2026-06-14T12:00:00.000Z", "npm audit"],
    );
    const directory = await plantTree(context, { "bound.json": JSON.stringify(bound) });
    const result = await check(context, undefined, { importedFile: path.join(directory, "bound.json") });
    assert.equal(result.verdict, "pass");
  });

  test("refused: older than the lock file, no report, no lock file", async (context) => {
    const old = await plant(
      context,
      JSON.stringify(report()),
      "2026-06-14T12:00:00Z",
      "2026-06-14T10:00:00Z",
    );
    await assert.rejects(boundReport(old.root, old.file), {
      code: "REPORT_UNREADABLE",
      message: /older than/,
    });
    for (const text of ["{", "{}", "[]"]) {
      const { root, file } = await plant(context, text, "2026-06-14T10:00:00Z", "2026-06-14T12:00:00Z");
      await assert.rejects(boundReport(root, file), { code: "REPORT_UNREADABLE" });
    }
    const bare = await plantTree(context, { "r.json": JSON.stringify(report()) });
    await assert.rejects(boundReport(bare, path.join(bare, "r.json")), { code: "REPORT_UNREADABLE" });
  });
});
