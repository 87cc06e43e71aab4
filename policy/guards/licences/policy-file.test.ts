import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { plantTree } from "../guard.suite.ts";
import { evaluateField } from "./algebra.ts";
import { licencePolicyText, loadLicencePolicy, parseLicencePolicy } from "./policy-file.ts";
import { policyTable } from "./table.ts";

const schema = JSON.parse(
  readFileSync(path.join(import.meta.dirname, "licence-policy.schema.json"), "utf8"),
) as object;
const conforms = new Ajv2020({ allErrors: true }).compile(schema);

const own = `format: helios-licence-policy/1
development: review
licences:
  - ids: [MPL-2.0, Acme-*]
    class: allow
    reason: our lawyers said so
exceptions:
  - licences: [GPL-2.0-only]
    exceptions: [Classpath-exception-2.0]
    class: allow
    reason: we only link
`;

test("what is printed reads back as the built-in table, and its schema holds", () => {
  const text = licencePolicyText(policyTable);
  assert.deepEqual(parseLicencePolicy(text, "p.yaml"), policyTable);
  assert.ok(conforms(parse(text)), JSON.stringify(conforms.errors));
});

test("own rows stand before the built-in ones, or alone", () => {
  const table = parseLicencePolicy(own, "p.yaml");
  assert.ok(conforms(parse(own)));
  assert.equal(table.development, "review");
  const classes = ["MPL-2.0", "acme-1.0", "EPL-2.0", "MIT", "GPL-2.0 WITH Classpath-exception-2.0"].map(
    (field) => evaluateField(field, table).class,
  );
  assert.deepEqual(classes, ["allow", "allow", "review", "allow", "allow"]);
  const alone = parseLicencePolicy(`${own}extends: none\n`, "p.yaml");
  assert.equal(evaluateField("MIT", alone).class, "review");
});

const mistakes: readonly (readonly [what: string, text: string, place: string, message: RegExp])[] = [
  ["no YAML", "format: [", "1:10", /./],
  ["another format", own.replace("policy/1", "policy/2"), "1:9", /helios-licence-policy\/2/],
  ["an unknown key", own.replace("development", "dev"), "2:1", /unknown key dev/],
  ["another value", own.replace("review", "sometimes"), "2:14", /sometimes/],
  ["another class", own.replace("class: allow", "class: maybe"), "5:12", /maybe/],
  [
    "a row without a reason",
    own.replace("    reason: our lawyers said so\n", ""),
    "4:5",
    /reason is missing/,
  ],
  ["no ids", own.replace("[MPL-2.0, Acme-*]", "[]"), "4:10", /at least one/],
  ["a star in the middle", own.replace("Acme-*", "A*me"), "4:10", /A\*me/],
  [
    "a row that is a text",
    own.replace("- ids: [MPL-2.0, Acme-*]\n    class: allow\n    reason: our lawyers said so", "- MPL-2.0"),
    "4:5",
    /mapping/,
  ],
  [
    "aliases",
    own.replace("our lawyers said so", "&r because").replace("we only link", "*r"),
    "11:13",
    /aliases/,
  ],
  ["nothing", "format: helios-licence-policy/1\nextends: none\n", "1:1", /no rows/],
];
describe("a mistake is refused with its place", () => {
  for (const [what, text, place, message] of mistakes) {
    test(what, () => {
      assert.throws(
        () => parseLicencePolicy(text, "p.yaml"),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "LICENCE_POLICY_INVALID");
          assert.ok(error.message.startsWith(`p.yaml:${place}: `), error.message);
          return message.test(error.message);
        },
      );
    });
  }
});

test("a file that is not there, or too large, is unreadable", async (context) => {
  const root = await plantTree(context, { "p.yaml": own, "large.yaml": "#".repeat(1024 * 1024 + 1) });
  assert.equal((await loadLicencePolicy(path.join(root, "p.yaml"))).development, "review");
  for (const file of ["none.yaml", "large.yaml"]) {
    await assert.rejects(loadLicencePolicy(path.join(root, file)), { code: "LICENCE_POLICY_UNREADABLE" });
  }
});
