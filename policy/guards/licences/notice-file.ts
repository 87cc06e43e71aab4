/**
 * A third-party notices file: what whoever distributes the product with its dependencies has to hand on. Every
 * production package with the licence it is used under and its texts and notices; equal texts once. Development
 * dependencies are not distributed and not listed. The same tree gives the same bytes.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { LicenceResult } from "../licences.ts";
import { evaluateField } from "./algebra.ts";
import { familyOf } from "./families.ts";
import { isAtTop } from "./file-findings.ts";
import { decodeText } from "./file-reading.ts";
import type { PackageLicence } from "./subject.ts";
import { policyTable } from "./table.ts";
import { recogniseTexts } from "./texts.ts";

const rule = "-".repeat(80);

export async function noticeText(root: string, result: LicenceResult): Promise<string> {
  const project = result.packages.find(({ path: at }) => at === "");
  const shipped = distinct(
    result.packages.filter(
      ({ scope, installed }) => installed && (scope === "production" || scope === "unlocked"),
    ),
  );
  const entries = await Promise.all(shipped.map(async (one) => ({ one, texts: await textsOf(root, one) })));
  const groups = new Map<
    string,
    { readonly texts: readonly string[]; readonly packages: PackageLicence[] }
  >();
  for (const { one, texts } of entries) {
    const key = JSON.stringify([usedUnder(one), texts.map((text) => text.replace(/\s+/g, " "))]);
    const group = groups.get(key) ?? { texts, packages: [] };
    group.packages.push(one);
    groups.set(key, group);
  }
  const name = [project?.name || "This product", project?.version].filter(Boolean).join(" ");
  return [
    "THIRD-PARTY NOTICES",
    "",
    `${name} uses the packages below, each under its own licence. Written by helios-cli audit licenses --notice from`,
    "what is installed: packages for production, with the texts and notices they carry. Whoever distributes them hands",
    "these texts on.",
    "",
    ...componentLines(result),
    ...[...groups.values()].flatMap(groupLines),
  ].join("\n");
}

/** One of each name and version, by name as bytes compare. */
function distinct(packages: readonly PackageLicence[]): readonly PackageLicence[] {
  const named = packages.filter(({ name }) => name !== "");
  const byKey = new Map(named.map((one) => [`${one.name}@${one.version}`, one]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function usedUnder({ declared, chosen, texts }: PackageLicence): string {
  if (declared === undefined)
    return texts.length > 0 ? `not declared; its texts are ${texts.join(", ")}` : "not declared";
  return chosen === undefined || chosen === declared || `(${chosen})` === declared
    ? declared
    : `${declared}, used under ${chosen}`;
}

/** Texts and notices at the top of the package, but not those of arms that were offered and left. */
async function textsOf(root: string, one: PackageLicence): Promise<readonly string[]> {
  const left = new Set(
    one.declared === undefined ? [] : evaluateField(one.declared, policyTable).rejected.map(familyOf),
  );
  const files = one.textFiles.filter((file) => isAtTop(file, one.path)).toSorted();
  const texts = await Promise.all(
    files.map(async (file) => decodeText(file, await readFile(path.join(root, file)))),
  );
  return texts
    .filter((text) => left.size === 0 || !isOnly(text, left))
    .map((text) =>
      text
        .replace(/\r\n?/g, "\n")
        .replace(/[ \t]+$/gm, "")
        .trim(),
    )
    .filter((text) => text !== "");
}

function isOnly(text: string, families: ReadonlySet<string>): boolean {
  const ids = recogniseTexts(text);
  return ids.length > 0 && ids.every((id) => families.has(familyOf(id)));
}

function componentLines({ components }: LicenceResult): readonly string[] {
  if (components.length === 0) return [];
  return [
    rule,
    "Compiled or bundled into these packages, as recorded in the exceptions file",
    rule,
    "",
    ...components.flatMap((entry) => [entry.package, ...entry.components.map((one) => `  - ${one}`), ""]),
  ];
}

function groupLines({
  texts,
  packages,
}: {
  readonly texts: readonly string[];
  readonly packages: readonly PackageLicence[];
}): readonly string[] {
  const body =
    texts.length > 0 ? texts.flatMap((text) => [text, ""]) : ["(The package carries no licence text.)", ""];
  return [
    rule,
    ...packages.map((one) => `${one.name} ${one.version}`),
    `Licence: ${usedUnder(packages[0]!)}`,
    rule,
    "",
    ...body,
  ];
}
