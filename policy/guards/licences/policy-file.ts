/**
 * A licence policy of one's own, as a reviewed YAML file, and the built-in one written as such a file
 * (`audit licenses --print-policy`): what is printed can be changed and given back with `--policy`.
 * Schema for editors: `licence-policy.schema.json`.
 */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import type { YAMLMap } from "yaml";
import { PolicyError } from "../../errors.ts";
import { YamlReader } from "../../yaml-reader.ts";
import type { PolicyFileKind } from "../../yaml-reader.ts";
import { policyTable } from "./table.ts";
import type { ExceptionRow, LicenceRow, PolicyTable } from "./table.ts";

const format = "helios-licence-policy/1";
const classes = ["allow", "review", "deny"] as const;
/** Beyond this a policy file is not something a person reviewed. */
const sizeLimitBytes = 1024 * 1024;

const kind: PolicyFileKind = {
  code: "LICENCE_POLICY_INVALID",
  remedy: "correct that place; `helios-cli audit licenses --print-policy` prints a file to start from",
};

/**
 * @throws PolicyError `LICENCE_POLICY_UNREADABLE` (missing, unreadable, over 1 MiB) or `LICENCE_POLICY_INVALID`, with
 *   file, line and column.
 */
export async function loadLicencePolicy(file: string): Promise<PolicyTable> {
  const shown = path.basename(file);
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > sizeLimitBytes) throw new Error(`${size} bytes, more than ${sizeLimitBytes}`);
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new PolicyError(
      "LICENCE_POLICY_UNREADABLE",
      `licence policy ${shown} cannot be read: ${(cause as Error).message}`,
      "name a readable YAML file below 1 MiB, or leave --policy out for the built-in policy",
      { cause },
    );
  }
  return parseLicencePolicy(text, shown);
}

/** @throws PolicyError `LICENCE_POLICY_INVALID`, with file, line and column of the first mistake. */
export function parseLicencePolicy(text: string, file: string): PolicyTable {
  const reader = new YamlReader(text, file, kind);
  const keys = ["$schema", "format", "extends", "development", "licences", "exceptions"];
  const top = reader.map(reader.contents, "the file", keys);
  reader.oneOf(top, "format", [format]);
  const extended = top.has("extends") ? reader.oneOf(top, "extends", ["default", "none"]) : "default";
  const base = extended === "default" ? policyTable : { licences: [], exceptions: [] };
  const licences = top.has("licences")
    ? reader.list(top, "licences").map((row) => licenceRow(row, reader))
    : [];
  const exceptions = top.has("exceptions")
    ? reader.list(top, "exceptions").map((row) => exceptionRow(row, reader))
    : [];
  if (licences.length === 0 && base.licences.length === 0)
    throw reader.invalid(top, "it has no rows, so every licence would be undecided");
  return {
    development: top.has("development")
      ? reader.oneOf(top, "development", ["as-production", "review"])
      : policyTable.development,
    licences: [...licences, ...base.licences],
    exceptions: [...exceptions, ...base.exceptions],
  };
}

function licenceRow(node: unknown, reader: YamlReader): LicenceRow {
  const row = reader.map(node, "a row of licences", ["ids", "class", "reason"]);
  return {
    ids: patterns(row, "ids", reader),
    class: reader.oneOf(row, "class", classes),
    reason: reader.text(row, "reason"),
  };
}

function exceptionRow(node: unknown, reader: YamlReader): ExceptionRow {
  const row = reader.map(node, "a row of exceptions", ["licences", "exceptions", "class", "reason"]);
  return {
    licences: patterns(row, "licences", reader),
    exceptions: patterns(row, "exceptions", reader),
    class: reader.oneOf(row, "class", classes),
    reason: reader.text(row, "reason"),
  };
}

function patterns(row: YAMLMap, key: string, reader: YamlReader): readonly string[] {
  const found = reader.texts(row, key);
  if (found.length === 0) throw reader.invalid(row.get(key, true), `${key} must name at least one id`);
  for (const pattern of found) {
    if (!/^[A-Za-z0-9.:+-]*\*?$/.test(pattern)) {
      throw reader.invalid(row.get(key, true), `${pattern} is no SPDX id; a star may stand at its end only`);
    }
  }
  return found;
}

/** A table as a policy file that stands for itself. */
export function licencePolicyText(table: PolicyTable): string {
  const { development, licences, exceptions } = table;
  const head =
    "# Licence policy of helios-cli audit licenses. The first row that has an id decides; an id in no row is review.\n" +
    "# These are engineering verdicts, not legal advice.\n";
  return head + stringify({ format, extends: "none", development, licences, exceptions }, { lineWidth: 110 });
}
