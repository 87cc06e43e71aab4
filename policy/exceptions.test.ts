import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { test } from "node:test";
import {
  applyExceptions,
  loadExceptions,
  noExceptions,
  parseExceptions,
  pinOfBytes,
  pinOfLine,
} from "./exceptions.ts";
import type { Exception } from "./exceptions.ts";
import type { Finding } from "./guards/guard.ts";
import { exceptionsOf, plantTree } from "./guards/guard.suite.ts";

const now = new Date("2026-06-15T12:00:00Z");
const hash = "a".repeat(64);
const entry = `  - id: one
    guard: licences
    rules: [licences/text-denied]
    package: "x@1.*"
    files:
      - path: LICENSE
        sha256: ${hash.toUpperCase()}
    chosen: MIT
    components: [zlib]
    reason: because
    owner: maintainers
    expires: 2026-06-15
`;
const file = `format: helios-exceptions/1\nexceptions:\n${entry}`;

test("a file is read with all its fields and lines", () => {
  const set = parseExceptions(file, "e.yaml", now);
  assert.deepEqual(set, {
    file: "e.yaml",
    asOf: "2026-06-15",
    entries: [
      {
        id: "one",
        guard: "licences",
        rules: ["licences/text-denied"],
        package: "x@1.*",
        files: [{ path: "LICENSE", sha256: hash }],
        reason: "because",
        owner: "maintainers",
        expires: "2026-06-15",
        chosen: "MIT",
        components: ["zlib"],
        line: 3,
      },
    ],
  });
});

const mistakes: readonly (readonly [what: string, text: string, line: number, message: RegExp])[] = [
  ["no YAML", "format: [", 1, /./],
  ["not a mapping", "- a", 1, /must be a mapping/],
  ["an empty file", "", 1, /must be a mapping/],
  ["another format", file.replace("exceptions/1", "exceptions/9"), 1, /helios-exceptions\/9/],
  ["no list", "format: helios-exceptions/1\nexceptions: 3", 2, /must be a list/],
  ["an unknown key", file.replace("owner:", "ownr:"), 13, /unknown key ownr/],
  ["a missing reason", file.replace("    reason: because\n", ""), 3, /reason is missing/],
  ["an empty reason", file.replace("because", '""'), 12, /not empty/],
  ["a number for a text", file.replace("because", "7"), 12, /must be text/],
  ["a list for a text", file.replace("because", "[a]"), 12, /must be text/],
  ["no rules", file.replace("[licences/text-denied]", "[]"), 5, /at least one rule/],
  ["a rule of another guard", file.replace("[licences/text-denied]", "[other/x]"), 5, /not a rule of guard/],
  ["a date that does not exist", file.replace("2026-06-15", "2026-02-30"), 14, /must be a day/],
  ["no date", file.replace("2026-06-15", "soon"), 14, /must be a day/],
  ["a short hash", file.replace(hash.toUpperCase(), "abc"), 9, /64 hexadecimal/],
  ["an id used twice", file + entry, 15, /already used in line 3/],
  ["aliases", file.replace("because", "&r because").replace("maintainers", "*r"), 13, /aliases/],
  [
    "one that covers everything",
    file.replace(/ {4}package.*\n/, "").replace(/ {4}files:\n.*\n.*\n/, ""),
    3,
    /covers everything/,
  ],
];
for (const [what, text, line, message] of mistakes) {
  test(`refused with its line: ${what}`, () => {
    assert.throws(
      () => parseExceptions(text, "e.yaml", now),
      (error: Error & { code?: string; remedy?: string }) => {
        assert.equal(error.code, "EXCEPTIONS_INVALID");
        assert.match(error.message, message);
        assert.match(error.message, new RegExp(`^e\\.yaml:${line}:\\d+: `));
        return error.remedy !== "";
      },
    );
  });
}

test("a project without the file has no exceptions; a named one must exist", async (context) => {
  const root = await plantTree(context, { "policy/exceptions.yaml": file, "other/e.yaml": file });
  assert.equal((await loadExceptions(root, { now })).file, "policy/exceptions.yaml");
  assert.equal((await loadExceptions(root, { now, file: "other/e.yaml" })).file, "other/e.yaml");
  await assert.rejects(loadExceptions(root, { now, file: "absent.yaml" }), { code: "EXCEPTIONS_UNREADABLE" });
  const empty = await plantTree(context, {});
  assert.deepEqual(await loadExceptions(empty, { now }), noExceptions(now));
});

test("a file that is no file, or too large, is refused", async (context) => {
  const directory = await plantTree(context, { "policy/exceptions.yaml/x": "" });
  await assert.rejects(loadExceptions(directory, { now }), { code: "EXCEPTIONS_UNREADABLE" });
  const large = await plantTree(context, { "policy/exceptions.yaml": "#".repeat(1024 * 1024 + 1) });
  await assert.rejects(loadExceptions(large, { now }), /1048577 bytes/);
  const locked = await plantTree(context, { "policy/exceptions.yaml": file });
  await chmod(`${locked}/policy/exceptions.yaml`, 0o000);
  // The superuser reads everything; then there is nothing to refuse.
  if (process.getuid?.() !== 0)
    await assert.rejects(loadExceptions(locked, { now }), { code: "EXCEPTIONS_UNREADABLE" });
});

const pinned: Finding = {
  ruleId: "licences/text-denied",
  level: "error",
  category: "licence-text",
  message: "m",
  file: "node_modules/a/node_modules/x/LICENSE",
  line: 1,
  column: 1,
  package: "x@1.2.3",
  sha256: hash,
};
const apply = (
  finding: Finding,
  ...entries: readonly Partial<Exception>[]
): ReturnType<typeof applyExceptions> =>
  applyExceptions({ guard: "licences", findings: [finding], exceptions: exceptionsOf(...entries) });
const rules = [pinned.ruleId];

test("a pinned finding needs the same hash, wherever npm put the package", () => {
  assert.equal(
    apply(pinned, { rules, package: "x@1.*", files: [{ path: "LICENSE", sha256: hash }] }).suppressed.length,
    1,
  );
  const refused = [
    { rules, package: "x@1.*", files: [{ path: "LICENSE", sha256: "b".repeat(64) }] },
    { rules, package: "x@1.*", files: [{ path: "LICENSE", sha256: undefined }] },
    { rules, package: "x@1.*" },
    { rules, package: "x@2.*", files: [{ path: "LICENSE", sha256: hash }] },
    { rules, package: "x@1.*", files: [{ path: "other/LICENSE", sha256: hash }] },
    { rules: ["licences/denied"], package: "x@1.*", files: [{ path: "LICENSE", sha256: hash }] },
    { rules, guard: "another", package: "x@1.*", files: [{ path: "LICENSE", sha256: hash }] },
  ];
  for (const exception of refused)
    assert.equal(apply(pinned, exception).suppressed.length, 0, JSON.stringify(exception));
});

test("a finding that is not pinned is covered by package or by path", () => {
  const { sha256: _pin, package: _package, ...plain } = pinned;
  assert.equal(apply({ ...plain, package: "x@1.2.3" }, { rules, package: "x@*" }).suppressed.length, 1);
  assert.equal(
    apply(plain, { rules, files: [{ path: "node_modules/**", sha256: undefined }] }).suppressed.length,
    1,
  );
  assert.equal(apply(plain, { rules, package: "x@*" }).suppressed.length, 0);
});

test("the last day holds, the next does not", () => {
  const exceptions = exceptionsOf({
    rules,
    package: "x@*",
    files: [{ path: "**", sha256: hash }],
    expires: "2026-06-15",
  });
  const on = (asOf: string): readonly string[] =>
    applyExceptions({
      guard: "licences",
      findings: [pinned],
      exceptions: { ...exceptions, asOf },
    }).findings.map(({ ruleId }) => ruleId);
  assert.deepEqual(on("2026-06-15"), []);
  assert.deepEqual(on("2026-06-16"), ["licences/text-denied", "licences/exception-expired"]);
});

test("what covers nothing is an error, file by file, except in partial and dormant cases", () => {
  const files = [
    { path: "LICENSE", sha256: hash },
    { path: "GONE", sha256: hash },
  ];
  const half = apply(pinned, { rules, package: "x@*", files });
  assert.deepEqual(
    half.findings.map(({ ruleId, message, line }) => [ruleId, /GONE/.test(message), line]),
    [["licences/exception-unused", true, 3]],
  );
  const exceptions = exceptionsOf({ rules, package: "y@*" });
  const input = { guard: "licences", findings: [], exceptions };
  assert.equal(applyExceptions(input).findings.length, 1);
  assert.equal(applyExceptions({ ...input, partial: true }).findings.length, 0);
  assert.equal(applyExceptions({ ...input, dormant: () => true }).findings.length, 0);
});

test("pins: bytes exactly, lines without their indentation", () => {
  assert.equal(
    pinOfBytes(Buffer.from("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assert.equal(pinOfLine("  abc\t"), pinOfBytes(Buffer.from("abc")));
});

test("the published schema accepts what is read, and this project's own file", async () => {
  const [{ Ajv2020 }, { parse }, { readFileSync }] = await Promise.all([
    import("ajv/dist/2020.js"),
    import("yaml"),
    import("node:fs"),
  ]);
  const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");
  const conforms = new Ajv2020({ allErrors: true }).compile(
    JSON.parse(read("exceptions.schema.json")) as object,
  );
  assert.ok(conforms(parse(read("exceptions.yaml"))), JSON.stringify(conforms.errors));
  assert.ok(conforms(parse(file)), JSON.stringify(conforms.errors));
  // What the schema can say it says as the reader does; days, ids used twice and the guard of a rule are the reader's.
  const beyond = /a day|already used|not a rule of guard|aliases|No YAML|key|must be unique/i;
  for (const [what, text, , message] of mistakes) {
    if (what === "no YAML" || beyond.test(String(message)) || what === "a date that does not exist") continue;
    assert.equal(conforms(parse(text)), false, what);
  }
});
