/** Names that only some file systems can hold, or hold apart. */
import { existsSync, mkdtempSync, rmdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { HeliosError } from "../../errors.ts";
import type { OutputPlan } from "./output-plan.ts";

/** Two names of the plan that would be one in the output directory. Asked of every name only where names are folded. */
export function refuseCollidingNames(
  plan: OutputPlan,
  target: string,
  isCaseSensitive: boolean | undefined,
): void {
  if (isCaseSensitive ?? !foldsNames(target)) return;
  const collision = findCollision(namesOf(plan));
  if (collision === undefined) return;
  throw new HeliosError(
    "OUTPUT_UNSAFE",
    `${collision[0]} and ${collision[1]} are one name on the file system of ${target}, so one would overwrite the other`,
    `write to a case-sensitive file system, or leave one out with --select "!${collision[1]}"`,
    { path: collision[1] },
  );
}

/** Two names that a file system which ignores case, or the way letters are composed, takes for one. */
export function findCollision(names: Iterable<string>): readonly [string, string] | undefined {
  const seen = new Map<string, string>();
  for (const name of names) {
    const folded = foldName(name);
    const earlier = seen.get(folded);
    if (earlier !== undefined && earlier !== name) return [earlier, name];
    seen.set(folded, name);
  }
  return undefined;
}

function* namesOf({ directories, files, symlinks }: OutputPlan): Generator<string> {
  yield* directories;
  for (const { path } of files) yield path;
  for (const { path } of symlinks) yield path;
}

export function foldName(name: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- ASCII is what is looked for: it has one form
  return /^[\u0000-\u007f]*$/.test(name) ? name.toLowerCase() : name.normalize("NFD").toLowerCase();
}

/** Makes a directory and looks for it by another spelling. */
function foldsNames(target: string): boolean {
  let folder = target;
  while (!existsSync(folder)) folder = dirname(folder);
  let probe: string;
  try {
    probe = mkdtempSync(join(folder, ".helios-CASE-"));
  } catch {
    // Nothing can be written there, which the attempt to do so reports by name.
    return false;
  }
  try {
    return existsSync(join(dirname(probe), basename(probe).toLowerCase()));
  } finally {
    rmdirSync(probe);
  }
}

const windowsReserved = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?$/i;

/** Why Windows cannot hold the name, or would take it for another; undefined when it can. */
export function windowsObjection(path: string): string | undefined {
  for (const segment of path.split("/")) {
    // oxlint-disable-next-line eslint/no-control-regex -- control characters are what is looked for
    if (/[\u0000-\u001f<>:"\\|?*]/.test(segment))
      return `"${segment}" has a character Windows does not allow`;
    if (/[. ]$/.test(segment)) return `"${segment}" ends in a dot or a space, which Windows drops`;
    if (windowsReserved.test(segment)) return `"${segment}" is the name of a device on Windows`;
  }
  return undefined;
}

export function refuseWindowsNames(plan: OutputPlan): void {
  for (const path of namesOf(plan)) {
    const objection = windowsObjection(path);
    if (objection === undefined) continue;
    const remedy = `leave it out with --select "!${path}", or write it on another system`;
    throw new HeliosError("OUTPUT_UNSAFE", `${path} cannot be written here: ${objection}`, remedy, { path });
  }
}
