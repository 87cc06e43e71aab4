/** The version of Helios. All rooms have the same one, so this room's own package says it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of this room's package, from the sources as from the built files one directory further down. */
export const packageRoot: string = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

export const heliosVersion: string = (
  JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string }
).version;

function findPackageRoot(from: string): string {
  return existsSync(join(from, "package.json")) ? from : findPackageRoot(dirname(from));
}
