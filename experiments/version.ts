/** The version of Helios. All rooms have the same one, so this room's own package says it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Runs all tests of the project, with coverage. */
export const TEST_SCRIPT = ".github/scripts/test.mjs";

/** Root of this room's package, from the sources as from the built files one directory further down. */
export const packageRoot: string = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

export const heliosVersion: string = (
  JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string }
).version;

/**
 * Root of this project's sources; undefined where the package is installed somewhere else. There the directory
 * above may be a checkout too, of another project, whose revision would be taken for ours.
 */
export const sourceRoot: string | undefined = isProjectRoot(dirname(packageRoot))
  ? dirname(packageRoot)
  : undefined;

/** Whether a directory is the root of this project's sources, tests included. */
export function isProjectRoot(directory: string): boolean {
  const file = join(directory, "package.json");
  if (!existsSync(file) || !existsSync(join(directory, TEST_SCRIPT))) return false;
  return (JSON.parse(readFileSync(file, "utf8")) as { name?: unknown }).name === "helios";
}

function findPackageRoot(from: string): string {
  return existsSync(join(from, "package.json")) ? from : findPackageRoot(dirname(from));
}
