/**
 * What recorded exceptions say is compiled or bundled into a package: `zstd 1.5 (BSD-3-Clause OR GPL-2.0-only; chosen
 * BSD-3-Clause)`. One line of text each, written for NOTICE, read here for the SBOM.
 */
import { parseExpression } from "./expression.ts";
import { matchesId, policyTable } from "./table.ts";

export interface Component {
  readonly name: string;
  readonly version: string | undefined;
  /** As an expression, where it is one; else as it stands. */
  readonly licence: { readonly kind: "expression" | "name"; readonly text: string } | undefined;
}

export function componentOf(line: string): Component {
  const named = /^([^(]*?)(?:\s+\((.*)\))?$/.exec(line.trim());
  const [name, version] = versionOf((named?.[1] ?? line).trim());
  const licence = named?.[2]?.split(";")[0]?.trim();
  if (licence === undefined || licence === "") return { name, version, licence: undefined };
  return { name, version, licence: { kind: isExpression(licence) ? "expression" : "name", text: licence } };
}

function versionOf(text: string): readonly [name: string, version: string | undefined] {
  const match = /^(.+) (\d+(?:\.\d+)*[\w.-]*)$/.exec(text);
  return match === null ? [text, undefined] : [match[1]!, match[2]];
}

/**
 * Whether other readers of SPDX read it as we do: operators in upper case, parentheses in pairs, and ids of the list (or
 * a `LicenseRef-`) only. Everything else goes into an SBOM as a name.
 */
export function isExpression(text: string): boolean {
  if (parseExpression(text).kind !== "expression") return false;
  const words = text.match(/[()]|[^\s()]+/g) ?? [];
  return words.every((word, at) => {
    if (/^(?:AND|OR|WITH|\(|\))$/.test(word)) return true;
    return words[at - 1] === "WITH" ? isListedException(word) : isListedId(word);
  });
}

/** Ids that our table knows and the SPDX list does not. */
const ownIds =
  /^(?:UNLICENSED|Proprietary|Commercial|BSL-1\.1|Commons-Clause.*|RSAL.*|Confluent-.*|TSL-.*|FCL-.*|LLAMA.*|Anti996)$/i;

function isListedId(id: string): boolean {
  if (/^(?:DocumentRef-[\w.-]+:)?LicenseRef-[\w.-]+$/.test(id)) return true;
  const named = policyTable.licences.some((row) => row.ids.some((pattern) => matchesId(id, pattern)));
  return named && /^[\w.+-]+$/.test(id) && !ownIds.test(id);
}

function isListedException(id: string): boolean {
  return policyTable.exceptions.some((row) =>
    row.exceptions.some((pattern) => pattern !== "*" && matchesId(id, pattern)),
  );
}
