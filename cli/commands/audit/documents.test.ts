/** The files an audit takes and writes: a licence policy, notices, an SBOM, reports made elsewhere. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { spawnCli } from "../../spawn-cli.ts";
import { withOptionalValues } from "../../licence-flags.ts";

const root = mkdtempSync(join(tmpdir(), "helios-audit-documents-"));
after(() => rmSync(root, { recursive: true, force: true }));

const own = { name: "demo", version: "1.0.0", private: true, license: "MIT", dependencies: { dep: "1.0.0" } };
const lock = {
  lockfileVersion: 3,
  packages: { "": own, "node_modules/dep": { version: "1.0.0", license: "MPL-2.0" } },
};
for (const [file, value] of Object.entries({
  "package.json": own,
  "package-lock.json": lock,
  "node_modules/dep/package.json": { name: "dep", version: "1.0.0", license: "MPL-2.0" },
})) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), JSON.stringify(value));
}
const audit = (...args: string[]) => spawnCli(["audit", ...args], { cwd: root });

test("a policy of one's own decides; a mistake in it names its place", async () => {
  assert.equal((await audit("licenses")).status, 3);
  const policy =
    "format: helios-licence-policy/1\nlicences:\n  - ids: [MPL-2.0]\n    class: allow\n    reason: decided\n";
  writeFileSync(join(root, "policy.yaml"), policy);
  const allowed = await audit("licenses", "--policy", "policy.yaml");
  assert.equal(allowed.status, 0, allowed.stdout.toString());
  writeFileSync(join(root, "broken.yaml"), policy.replace("allow", "perhaps"));
  const broken = await audit("licenses", "--policy", "broken.yaml");
  assert.equal(broken.status, 2);
  assert.match(broken.stderr, /LICENCE_POLICY_INVALID: broken\.yaml:4:12: /);
});

test("the policy that is printed can be given back", async () => {
  const printed = await audit("licenses", "--print-policy");
  assert.equal(printed.status, 0);
  writeFileSync(join(root, "printed.yaml"), printed.stdout);
  const [before, after] = await Promise.all([
    audit("licenses", "--json"),
    audit("licenses", "--policy", "printed.yaml", "--json"),
  ]);
  assert.equal(after.stdout.toString(), before.stdout.toString());
});

test("notices and SBOM go to files beside the report, or take its place", async () => {
  const both = await audit("licenses", "--notice", "NOTICES", "--sbom", "bom.json");
  assert.equal(both.status, 3);
  assert.match(both.stdout.toString(), /audit: not-checked/);
  assert.match(readFileSync(join(root, "NOTICES"), "utf8"), /^THIRD-PARTY NOTICES\n[^]*\ndep 1\.0\.0\n/);
  const bom = JSON.parse(readFileSync(join(root, "bom.json"), "utf8")) as { specVersion: string };
  assert.equal(bom.specVersion, "1.6");
  const alone = await audit("licenses", "--sbom");
  assert.deepEqual(JSON.parse(alone.stdout.toString()), bom);
  assert.ok(!existsSync(join(root, "-")));
});

test("a flag without its value means standard output, and only then", () => {
  const optional = (...argv: string[]) => withOptionalValues(argv, ["notice", "sbom"]);
  assert.deepEqual(optional("--notice"), ["--notice", "-"]);
  assert.deepEqual(optional("--sbom", "--notice", "file"), ["--sbom", "-", "--notice", "file"]);
  assert.deepEqual(optional("--notice", "-"), ["--notice", "-"]);
  assert.deepEqual(optional("--format", "json", "path"), ["--format", "json", "path"]);
});

test("a report is bound where it is made, and imported for the same lock file only", async () => {
  const report = {
    auditReportVersion: 2,
    vulnerabilities: {},
    metadata: { vulnerabilities: { critical: 0, high: 0 }, dependencies: { total: 1 } },
  };
  writeFileSync(join(root, "report.json"), JSON.stringify(report));
  const bound = await audit("vulnerabilities", "--bind", "report.json", "--out", "bound.json");
  assert.equal(bound.status, 0, bound.stderr);
  const imported = await audit("vulnerabilities", "--import", "bound.json");
  assert.equal(imported.status, 0, imported.stdout.toString());
  assert.match(imported.stdout.toString(), /imported\s+bound\.json \(npm audit\)/);
  const everything = await audit("all", "--import", "bound.json", "--json");
  const { guards } = JSON.parse(everything.stdout.toString()) as {
    guards: { guard: string; verdict: string }[];
  };
  assert.equal(guards.find(({ guard }) => guard === "vulnerabilities")?.verdict, "pass");
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ ...lock, changed: true }));
  const foreign = await audit("vulnerabilities", "--import", "bound.json");
  assert.equal(foreign.status, 3);
  utimesSync(join(root, "report.json"), new Date(0), new Date(0));
  const late = await audit("vulnerabilities", "--bind", "report.json");
  assert.equal(late.status, 2);
  assert.match(late.stderr, /REPORT_UNREADABLE/);
});
