import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { Ajv } from "ajv";
import { exceptionsOf, plantTree } from "../guard.suite.ts";
import { licenceGuard } from "../licences.ts";
import type { LicenceResult } from "../licences.ts";
import { componentOf } from "./components.ts";
import { noticeText } from "./notice-file.ts";
import { sbomText } from "./sbom.ts";

/** The official schema, as the CycloneDX library ships it; what it refers to lies beside it. */
const library = path.dirname(
  createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library/package.json"),
);
const schemaOf = (name: string): object =>
  JSON.parse(readFileSync(path.join(library, "res/schema", name), "utf8")) as object;
const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
ajv.addSchema(schemaOf("spdx.SNAPSHOT.schema.json"), "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json");
ajv.addSchema(
  schemaOf("jsf-0.82.SNAPSHOT.schema.json"),
  "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json",
);
const conforms = ajv.compile(schemaOf("bom-1.6.SNAPSHOT.schema.json"));

const mit = `MIT License\n\nCopyright (c) somebody\n\nPermission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files. The above copyright notice and this permission notice shall be included.`;
const integrity = `sha512-${Buffer.from("a".repeat(64)).toString("base64")}`;

async function planted(
  context: TestContext,
): Promise<{ readonly root: string; readonly result: LicenceResult }> {
  const own = {
    name: "@shop/app",
    version: "1.0.0",
    license: "Apache-2.0",
    dependencies: { a: "1", b: "1" },
  };
  const root = await plantTree(context, {
    "package.json": JSON.stringify(own),
    "package-lock.json": JSON.stringify({
      lockfileVersion: 3,
      packages: {
        "": own,
        "node_modules/a": { version: "1.0.0", integrity, dependencies: { "@s/c": "1" } },
        "node_modules/b": { version: "1.0.0", optional: true },
        "node_modules/@s/c": { version: "2.0.0-rc+1", dev: true },
        "node_modules/a/node_modules/@s/c": { version: "2.0.0-rc+1" },
        "node_modules/odd": { version: "3.0.0", dev: true },
      },
    }),
    "node_modules/a/package.json": '{"name":"a","version":"1.0.0","license":"(MIT OR GPL-3.0-only)"}',
    "node_modules/a/LICENSE": mit,
    "node_modules/a/COPYING": "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\n",
    "node_modules/a/a.node": "\u007fELF",
    "node_modules/b/package.json": '{"name":"b","version":"1.0.0","license":"MIT"}',
    "node_modules/b/license.md": mit.replaceAll("\n", "\r\n"),
    "node_modules/@s/c/package.json": '{"name":"@s/c","version":"2.0.0-rc+1","license":"MIT"}',
    "node_modules/a/node_modules/@s/c/package.json": '{"name":"@s/c","version":"2.0.0-rc+1","license":"MIT"}',
    "node_modules/odd/package.json": '{"name":"odd","version":"3.0.0","license":"do as you like"}',
  });
  const exceptions = exceptionsOf({
    rules: ["licences/native-code"],
    package: "a@1.*",
    files: [{ path: "a.node", sha256: "0".repeat(64) }],
    components: [
      "zstd 1.5.0 (BSD-3-Clause OR GPL-2.0-only; chosen BSD-3-Clause)",
      "libodd (LGPL-2.1-or-later with parts)",
    ],
  });
  const collect = (): Promise<{ kind: "collected"; fields: ReadonlyMap<string, string> }> =>
    Promise.resolve({ kind: "collected", fields: new Map() });
  return { root, result: await licenceGuard({ collect }).run({ root, exceptions }) };
}

interface Bom {
  readonly serialNumber: string;
  readonly components: readonly Readonly<Record<string, unknown>>[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

test("the SBOM conforms to the CycloneDX 1.6 schema and is the same every time", async (context) => {
  const { root, result } = await planted(context);
  const text = await sbomText(root, result, "1.2.3");
  assert.ok(conforms(JSON.parse(text)), ajv.errorsText(conforms.errors));
  assert.equal(await sbomText(root, result, "1.2.3"), text);
  const bom = JSON.parse(text) as Bom;
  assert.match(
    bom.serialNumber,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.deepEqual(
    bom.components.map((one) => [one["purl"], one["scope"]]),
    [
      ["pkg:npm/%40s/c@2.0.0-rc%2B1", "required"],
      ["pkg:npm/a@1.0.0", "required"],
      ["pkg:npm/b@1.0.0", "optional"],
      ["pkg:npm/odd@3.0.0", "excluded"],
    ],
  );
  const a = bom.components[1]!;
  assert.deepEqual(a["licenses"], [{ expression: "(MIT OR GPL-3.0-only)", acknowledgement: "declared" }]);
  assert.deepEqual(a["hashes"], [{ alg: "SHA-512", content: "61".repeat(64) }]);
  assert.deepEqual(a["evidence"], {
    licenses: [{ expression: "GPL-3.0-only AND MIT" }],
    occurrences: [{ location: "node_modules/a" }],
  });
  assert.ok(
    (a["properties"] as { name: string; value: string }[]).some(
      ({ name, value }) => name === "helios:licence:chosen" && value === "MIT",
    ),
  );
  assert.deepEqual(
    (a["components"] as Record<string, unknown>[]).map(({ name, version, licenses }) => [
      name,
      version,
      licenses,
    ]),
    [
      ["zstd", "1.5.0", [{ expression: "BSD-3-Clause OR GPL-2.0-only" }]],
      ["libodd", undefined, [{ license: { name: "LGPL-2.1-or-later with parts" } }]],
    ],
  );
  assert.deepEqual(bom.dependencies, [
    { ref: "pkg:npm/%40shop/app@1.0.0#root", dependsOn: ["pkg:npm/a@1.0.0", "pkg:npm/b@1.0.0"] },
    { ref: "pkg:npm/%40s/c@2.0.0-rc%2B1" },
    { ref: "pkg:npm/a@1.0.0", dependsOn: ["pkg:npm/%40s/c@2.0.0-rc%2B1"] },
    { ref: "pkg:npm/b@1.0.0" },
    { ref: "pkg:npm/odd@3.0.0" },
  ]);
});

test("the notices name production packages, the chosen arm, and each text once", async (context) => {
  const { root, result } = await planted(context);
  const text = await noticeText(root, result);
  assert.equal(await noticeText(root, result), text);
  assert.match(text, /\na 1\.0\.0\nLicence: \(MIT OR GPL-3\.0-only\), used under MIT\n/);
  assert.match(text, /\n@s\/c 2\.0\.0-rc\+1\nLicence: MIT\n-+\n\n\(The package carries no licence text\.\)/);
  assert.match(text, /a@1\.\*\n {2}- zstd 1\.5\.0 \(BSD-3-Clause OR/);
  assert.equal(
    text.split("Permission is hereby granted").length - 1,
    2,
    "of a and of b, whose licence is another",
  );
  assert.doesNotMatch(text, /GNU GENERAL|odd 3|\r/);
});

test("a component is a name, perhaps a version, perhaps a licence", () => {
  assert.deepEqual(componentOf("LMDB (OLDAP-2.8)"), {
    name: "LMDB",
    version: undefined,
    licence: { kind: "expression", text: "OLDAP-2.8" },
  });
  assert.deepEqual(componentOf("node-addon-api 6 (MIT)").version, "6");
  assert.deepEqual(componentOf("just a name"), {
    name: "just a name",
    version: undefined,
    licence: undefined,
  });
  assert.equal(componentOf("chacha8 (public domain)").licence?.kind, "name");
});
