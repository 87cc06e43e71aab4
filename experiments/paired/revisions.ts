/**
 * Revisions of this project, checked out side by side so that their runs can take turns. Each gets a Git worktree and a
 * node_modules of its own, in which every package is a link to the one installed here, but for our own rooms, which
 * are the worktree's: a plain link to the whole directory would lead every import back to the code that lies here, and
 * both sides would be the same.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HarnessError } from "@helios/harness";
import { execa } from "execa";
import { gitEnvironment } from "../git-command.ts";

/** What lies in the project's directory, changes and all, instead of a commit. */
export const WORKTREE = "worktree";

export interface CheckedOut {
  /** Commit, or {@link WORKTREE}. */
  readonly revision: string;
  /** Module that a run's process starts with. */
  readonly entry: string;
  /** Whether it asks for other packages than those installed, which it then runs with all the same. */
  readonly hasOtherPackages: boolean;
}

export interface Revisions {
  readonly found: readonly CheckedOut[];
  remove(): Promise<void>;
}

const ENTRY = "experiments/run-child.ts";
const ROOMS = ["engine", "harness", "policy", "experiments", "reports", "cli"];

/**
 * Checks out each named revision (anything `git rev-parse` takes, or `worktree`). REVISION_UNUSABLE for one that does
 * not exist or cannot run a job; nothing is left behind then. Costs about a second each.
 */
export async function checkOutRevisions(root: string, names: readonly string[]): Promise<Revisions> {
  const home = mkdtempSync(join(tmpdir(), "helios-revisions-"));
  const remove = async (): Promise<void> => {
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    // The worktrees are gone; this makes Git forget them, and touches no other.
    await git(root, "worktree", "prune");
  };
  try {
    const found: CheckedOut[] = [];
    for (const name of names) {
      const known = name === WORKTREE ? undefined : found.find(({ revision }) => revision === name);
      found.push(known ?? (await checkOut(root, home, name, String(found.length))));
    }
    return { found, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function checkOut(root: string, home: string, name: string, place: string): Promise<CheckedOut> {
  if (name === WORKTREE) return { revision: WORKTREE, entry: join(root, ENTRY), hasOtherPackages: false };
  const commit = await commitNamed(root, name);
  const tree = join(home, place);
  await git(root, "worktree", "add", "--quiet", "--detach", tree, commit);
  if (!existsSync(join(tree, ENTRY))) {
    throw unusable(name, `has no ${ENTRY}`, "Compare with a revision that has the harness.");
  }
  linkPackages(root, tree);
  const lock = (directory: string): string => {
    const file = join(directory, "package-lock.json");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };
  return { revision: commit, entry: join(tree, ENTRY), hasOtherPackages: lock(tree) !== lock(root) };
}

async function commitNamed(root: string, name: string): Promise<string> {
  const answer = await git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`);
  if (answer.failed || answer.stdout === "") {
    throw unusable(
      name,
      "is no revision of this project",
      "`git log --oneline` lists them; `worktree` is the code as it lies here.",
    );
  }
  return answer.stdout;
}

function linkPackages(root: string, tree: string): void {
  const installed = join(root, "node_modules");
  const linked = join(tree, "node_modules");
  mkdirSync(join(linked, "@helios"), { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name === "@helios" || name === "helios-cli" || name === ".bin" || name.startsWith(".package-lock"))
      continue;
    symlinkSync(join(installed, name), join(linked, name));
  }
  for (const room of ROOMS) {
    if (!existsSync(join(tree, room))) continue;
    symlinkSync(
      join(tree, room),
      room === "cli" ? join(linked, "helios-cli") : join(linked, "@helios", room),
    );
    const own = join(root, room, "node_modules");
    if (existsSync(own) && lstatSync(own).isDirectory()) symlinkSync(own, join(tree, room, "node_modules"));
  }
}

function git(root: string, ...args: string[]) {
  return execa("git", ["-C", root, ...args], {
    env: gitEnvironment(),
    extendEnv: false,
    reject: args[0] === "worktree",
  });
}

function unusable(name: string, what: string, remedy: string): HarnessError {
  return new HarnessError("REVISION_UNUSABLE", `Revision ${name} ${what}`, remedy);
}
