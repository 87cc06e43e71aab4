/**
 * A CycloneDX 1.6 SBOM of what the licence guard saw: every package once by name and version, its declared licence, the
 * licences of the texts that were found as evidence, hashes and the dependency graph of the lock file, and what recorded
 * exceptions say is compiled into it. The same tree gives the same bytes: no time of making, and a serial number that is
 * a hash of the content.
 *
 * Properties follow the taxonomy of CycloneDX for npm (`cdx:npm:package:*`); ours begin with `helios:`.
 */
import { createHash } from "node:crypto";
import { matchesGlob } from "../../glob.ts";
import type { LicenceResult } from "../licences.ts";
import { componentOf, isExpression } from "./components.ts";
import type { LockFile, LockedPackage } from "./lockfile.ts";
import { readLock } from "./read-lock.ts";
import type { PackageLicence } from "./subject.ts";

/** One name and version, wherever it is installed. */
interface Library {
  readonly name: string;
  readonly version: string;
  readonly places: readonly PackageLicence[];
  readonly locked: readonly LockedPackage[];
}

/** @param tool version of the program, for `metadata.tools`. */
export async function sbomText(root: string, result: LicenceResult, tool: string): Promise<string> {
  const reading = await readLock(root);
  return sbomOf(result, reading.kind === "lock" ? reading.lock : undefined, tool);
}

export function sbomOf(result: LicenceResult, lock: LockFile | undefined, tool: string): string {
  const project = result.packages.find(({ path }) => path === "");
  const libraries = librariesOf(result.packages, lock);
  const main = {
    type: "application",
    "bom-ref": refOf(project?.name || "project", project?.version ?? "", "root"),
    ...nameFields(project?.name || "project"),
    ...(project?.version && { version: project.version }),
    ...licenceFields(project?.declared),
  };
  const body = {
    metadata: {
      lifecycles: [{ phase: "build" }],
      tools: { components: [{ type: "application", name: "helios-cli", version: tool }] },
      component: main,
    },
    components: libraries.map((library) => componentFields(library, result)),
    dependencies: dependenciesOf(main["bom-ref"], libraries, lock),
    compositions: [
      {
        aggregate: result.notScanned.length === 0 && lock !== undefined ? "complete" : "incomplete",
        assemblies: [main["bom-ref"]],
      },
    ],
  };
  const bom = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: serialNumber(JSON.stringify(body)),
    version: 1,
    ...body,
  };
  return `${JSON.stringify(bom, undefined, 2)}\n`;
}

function librariesOf(packages: readonly PackageLicence[], lock: LockFile | undefined): readonly Library[] {
  const lockedBy = new Map<string, LockedPackage[]>();
  for (const entry of lock?.packages ?? []) {
    const key = `${entry.name}@${entry.version}`;
    lockedBy.set(key, [...(lockedBy.get(key) ?? []), entry]);
  }
  const found = new Map<string, PackageLicence[]>();
  for (const one of packages) {
    // A directory without a name, or the project itself, is no library.
    if (one.scope === "own" || one.name === "" || one.version === "") continue;
    const key = `${one.name}@${one.version}`;
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return [...found]
    .map(([key, places]) => ({
      name: places[0]!.name,
      version: places[0]!.version,
      places: places.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
      locked: lockedBy.get(key) ?? [],
    }))
    .sort((a, b) => (purlOf(a.name, a.version) < purlOf(b.name, b.version) ? -1 : 1));
}

function componentFields({ name, version, places, locked }: Library, result: LicenceResult): object {
  const purl = purlOf(name, version);
  const development = places.every(({ scope }) => scope === "development");
  const optional = locked.length > 0 && locked.every((entry) => entry.optional);
  const texts = [...new Set(places.flatMap((place) => place.texts))].sort().filter(isExpression);
  const chosen = places.find(
    (place) => place.chosen !== undefined && place.chosen !== place.declared,
  )?.chosen;
  const inside = result.components
    .filter((entry) => matchesGlob(`${name}@${version}`, entry.package))
    .flatMap((entry) => entry.components);
  const installed = places.filter((place) => place.installed);
  return {
    type: "library",
    "bom-ref": purl,
    ...nameFields(name),
    version,
    // What is used in development only is not in the product (CycloneDX: "excluded ... test and other non-runtime").
    scope: development ? "excluded" : optional ? "optional" : "required",
    ...hashFields(locked),
    ...licenceFields(places.find(({ declared }) => declared !== undefined)?.declared),
    purl,
    ...(inside.length > 0 && { components: inside.map((line) => insideFields(purl, line)) }),
    ...((texts.length > 0 || installed.length > 0) && {
      evidence: {
        ...(texts.length > 0 && { licenses: [{ expression: texts.join(" AND ") }] }),
        ...(installed.length > 0 && {
          occurrences: installed.map((place) => ({ location: place.path })),
        }),
      },
    }),
    properties: [
      ...(development ? [{ name: "cdx:npm:package:development", value: "true" }] : []),
      { name: "helios:licence:verdict", value: worst(places) },
      ...(chosen === undefined ? [] : [{ name: "helios:licence:chosen", value: chosen }]),
    ],
  };
}

function worst(places: readonly PackageLicence[]): string {
  const verdicts = places.map(({ verdict }) => verdict);
  return verdicts.includes("deny") ? "deny" : verdicts.includes("review") ? "review" : "allow";
}

function insideFields(purl: string, line: string): object {
  const { name, version, licence } = componentOf(line);
  return {
    type: "library",
    "bom-ref": `${purl}#${encodeURIComponent(line)}`,
    name,
    ...(version !== undefined && { version }),
    ...(licence === undefined
      ? {}
      : licence.kind === "expression"
        ? { licenses: [{ expression: licence.text }] }
        : { licenses: [{ license: { name: licence.text } }] }),
  };
}

function nameFields(name: string): object {
  const slash = name.startsWith("@") ? name.indexOf("/") : -1;
  return slash < 0 ? { name } : { group: name.slice(0, slash), name: name.slice(slash + 1) };
}

function licenceFields(declared: string | undefined): object {
  if (declared === undefined) return {};
  return isExpression(declared)
    ? { licenses: [{ expression: declared, acknowledgement: "declared" }] }
    : { licenses: [{ license: { name: declared, acknowledgement: "declared" } }] };
}

const algorithms: Readonly<Record<string, string>> = {
  sha1: "SHA-1",
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512",
};

/** Of the tarball, as the lock file has it; several hashes of one integrity are each the same tarball's. */
function hashFields(locked: readonly LockedPackage[]): object {
  const hashes = new Map<string, string>();
  for (const part of locked.flatMap((entry) => (entry.integrity ?? "").split(/\s+/))) {
    const [algorithm, base64] = [part.slice(0, part.indexOf("-")), part.slice(part.indexOf("-") + 1)];
    const alg = algorithms[algorithm];
    if (alg !== undefined) hashes.set(alg, Buffer.from(base64.split("?")[0]!, "base64").toString("hex"));
  }
  const list = [...hashes.keys()].sort().map((alg) => ({ alg, content: hashes.get(alg) }));
  return list.length === 0 ? {} : { hashes: list };
}

/** Every component once, also one that needs nothing: an entry without `dependsOn` says that. */
function dependenciesOf(main: string, libraries: readonly Library[], lock: LockFile | undefined): object[] {
  const refs = new Set(libraries.map(({ name, version }) => purlOf(name, version)));
  const byKey = new Map(lock?.packages.map((entry) => [entry.key, purlOf(entry.name, entry.version)]));
  const refsOf = (keys: readonly string[]): readonly string[] => {
    const found = keys.map((key) => byKey.get(key) ?? "").filter((ref) => refs.has(ref));
    return [...new Set(found)].sort();
  };
  return [
    { ref: main, dependsOn: refsOf((lock?.own ?? []).flatMap((own) => own.dependsOn)) },
    ...libraries.map(({ name, version, locked }) => {
      const dependsOn = refsOf(locked.flatMap((entry) => entry.dependsOn));
      return { ref: purlOf(name, version), ...(dependsOn.length > 0 && { dependsOn }) };
    }),
  ];
}

/** Package URL of an npm package (purl specification: the scope is the namespace, percent-encoded). */
function purlOf(name: string, version: string): string {
  const path = name.split("/").map(encodeURIComponent).join("/");
  return `pkg:npm/${path}@${encodeURIComponent(version)}`;
}

function refOf(name: string, version: string, role: string): string {
  return `${purlOf(name, version)}#${role}`;
}

/** A UUID of version 8 (RFC 9562, section 5.8: its bits are ours) from the content. */
function serialNumber(content: string): string {
  const hex = createHash("sha256").update(content).digest("hex");
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
