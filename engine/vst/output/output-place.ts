/** Where the output goes, and what is there already. */
import { existsSync, lstatSync, readdirSync, realpathSync, rmSync, type Dirent, type Stats } from "node:fs";
import { join } from "node:path";
import { errnoOf, HeliosError } from "../../errors.ts";
import { type AnchorChain } from "./anchor.ts";
import { writeFailed } from "./output-errors.ts";
import { type MaterializeEntry, nameOf, type OutputPlan, parentOf } from "./output-plan.ts";
import { isLeftBehind, isUnfinished, markerName } from "./staging.ts";

export type Place =
  | { readonly kind: "absent" }
  | { readonly kind: "empty"; readonly directory: string }
  /** Begun by a process that is gone, with the same outcome. */
  | { readonly kind: "unfinished"; readonly directory: string }
  | { readonly kind: "occupied"; readonly directory: string };

/** The output directory itself may be reached through symlinks: the caller named it. */
export function findPlace(target: string, overwrite: boolean, outcome: () => string): Place {
  const itself = lstatIfThere(target);
  if (itself === undefined) return { kind: "absent" };
  if (itself.isSymbolicLink() && !existsSync(target))
    throw notDirectory(target, "is a symbolic link to nothing");
  const directory = realpathSync(target);
  if (!lstatSync(directory).isDirectory()) throw notDirectory(target, "is not a directory");
  const names = readdirSync(directory);
  if (names.length === 0) return { kind: "empty", directory };
  if (names.includes(markerName) && isUnfinished(directory, outcome()))
    return { kind: "unfinished", directory };
  if (overwrite) return { kind: "occupied", directory };
  throw new HeliosError(
    "OUTPUT_NOT_EMPTY",
    `the output directory ${target} is not empty`,
    "choose a new or empty directory, or allow overwriting (--overwrite)",
    { path: target },
  );
}

function notDirectory(target: string, what: string): HeliosError {
  return new HeliosError("OUTPUT_UNSAFE", `${target} ${what}`, "choose a new or empty directory", {
    path: target,
  });
}

export interface Present {
  /** Directories of the plan that are there. */
  readonly directories: ReadonlySet<string>;
  /** Whether something that is no directory is in an entry's place. */
  readonly has: (entry: MaterializeEntry) => boolean;
}

/**
 * What of the plan is there already. Refuses what would stop the work halfway, or lead it out of the directory: a
 * symlink or file where a directory has to be, a directory where a file has to be. Temporary files of processes that
 * are gone are removed. Cost: one listing for each directory that is there.
 */
export function surveyOutput(plan: OutputPlan, directory: string, chain: AnchorChain): Present {
  const names = new Map<string, ReadonlyMap<string, Dirent>>();
  names.set("", list(chain, directory, ""));
  for (const path of plan.directories) {
    const there = names.get(parentOf(path))?.get(nameOf(path));
    if (there === undefined) continue;
    if (!there.isDirectory()) throw notADirectory(join(directory, path), path, there);
    names.set(path, list(chain, directory, path));
  }
  const present = (path: string) => names.get(parentOf(path))?.get(nameOf(path));
  for (const { path } of [...plan.files, ...plan.symlinks])
    if (present(path)?.isDirectory() === true) throw isADirectory(join(directory, path), path);
  return {
    directories: new Set(names.keys()),
    has: ({ path }) => present(path) !== undefined,
  };
}

/** By name; without a d_type from the file system a name is looked at. */
function list(chain: AnchorChain, directory: string, path: string): Map<string, Dirent> {
  try {
    const folder = chain.enter(path);
    const found = new Map<string, Dirent>();
    for (const entry of readdirSync(folder.at("."), { withFileTypes: true })) {
      if (entry.isFile() && isLeftBehind(entry.name)) rmSync(folder.at(entry.name), { force: true });
      else found.set(entry.name, entry);
    }
    return found;
  } catch (error) {
    throw writeFailed(join(directory, path), error);
  }
}

function notADirectory(place: string, path: string, there: Dirent): HeliosError {
  const what = there.isSymbolicLink() ? "a symbolic link, which is not followed" : "not a directory";
  return new HeliosError(
    "OUTPUT_UNSAFE",
    `${place} has to be a directory and is ${what}`,
    "remove it, or choose another output directory",
    { path },
  );
}

function isADirectory(place: string, path: string): HeliosError {
  return new HeliosError(
    "OUTPUT_NOT_EMPTY",
    `${place} is a directory where a file has to be written`,
    "remove it, or choose another output directory",
    { path },
  );
}

/** Removes from a staged directory whatever the plan does not have: it may come from other work. */
export function removeForeign(plan: OutputPlan, directory: string, chain: AnchorChain): void {
  const files = new Set([...plan.files, ...plan.symlinks].map(({ path }) => path));
  const directories = new Set(plan.directories);
  const visit = (path: string): void => {
    for (const [name, entry] of list(chain, directory, path)) {
      const inside = path === "" ? name : `${path}/${name}`;
      if (entry.isDirectory() ? directories.has(inside) : files.has(inside)) {
        if (entry.isDirectory()) visit(inside);
      } else {
        rmSync(chain.enter(path).at(name), { recursive: true, force: true });
      }
    }
  };
  visit("");
}

function lstatIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    // ENOTDIR: a parent is a file, which making it reports.
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw writeFailed(path, error);
  }
}
