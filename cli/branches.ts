/** Branches as the command line shows and changes them; `branch` and `fork` share this. */
import type { Helios, Ref } from "@helios/engine";
import { CliError } from "./errors.ts";
import { showLine, showTime } from "./show.ts";

export interface Branch extends Ref {
  readonly time: string;
  readonly message: string;
}

/** What happened to a branch; `from` or `to` is null where there was or is none. */
export interface BranchChange {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** Hex digits that tell the snapshots of one store apart, for people. */
const digitsShown = 12;

export function listBranches(helios: Helios): Branch[] {
  return helios.refs().map((ref) => {
    const [record] = helios.log(ref.commit, 1);
    return { ...ref, time: new Date(record?.timeMs ?? 0).toISOString(), message: record?.message ?? "" };
  });
}

export function branchLines(branches: readonly Branch[]): string[] {
  const width = Math.max(0, ...branches.map(({ name }) => name.length));
  return branches.map(({ name, commit, snapshot, time, message }) =>
    [name.padEnd(width), commit, snapshot, showTime(Date.parse(time)), showLine(message)]
      .filter(Boolean)
      .join("  "),
  );
}

/** `blake3:` and the first digits, as every SNAPSHOT argument takes it. */
export function shortId(snapshot: string): string {
  return snapshot.slice(0, "blake3:".length + digitsShown);
}

/** BRANCH_EXISTS where the name is taken. */
export function createBranch(helios: Helios, name: string, start: string): BranchChange {
  const existing = helios.refs().find((ref) => ref.name === name);
  if (existing !== undefined)
    throw new CliError(
      "BRANCH_EXISTS",
      `${name} is already a branch, at ${existing.commit}`,
      `choose another name, or move it: helios-cli branch ${name} --move ${start}`,
    );
  const commit = commitOf(helios, start);
  helios.setRef(name, commit, undefined);
  return { name, from: null, to: commit };
}

/** The commit that a branch, a commit or a snapshot names. SNAPSHOT_UNKNOWN. */
export function commitOf(helios: Helios, text: string): string {
  const [record] = helios.log(text, 1);
  if (record !== undefined) return record.commit;
  throw new CliError(
    "BRANCH_UNKNOWN",
    "the store has no commits yet, so there is nothing a branch could name",
    "make one first: helios-cli commit",
  );
}

/** The commit that a branch names now. BRANCH_UNKNOWN. */
export function currentCommit(helios: Helios, name: string): string {
  const found = helios.refs().find((ref) => ref.name === name);
  if (found !== undefined) return found.commit;
  throw new CliError("BRANCH_UNKNOWN", `there is no branch ${name}`, "helios-cli branch lists the branches");
}
