/** The end of a collection: by the one that began it, or by whoever opens the store after it was killed. */
import { closeSync, fsyncSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { HeliosError } from "../errors.ts";
import { FIRST_POSITION, JournalFollower } from "../journal/journal.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { checkJournal, segmentNumbers } from "../verify/journal-check.ts";
import { CommitTable } from "./commit-table.ts";
import { planDelete, readPlan } from "./plan.ts";
import { type FreedSpaces, sweep } from "./sweep.ts";

/**
 * Puts right what a collection that was killed left behind; does nothing where there is nothing. For whoever opens the
 * store for writing, before the journal is looked at.
 */
export function finishCollection(l2: ObjectStore, root: string): void {
  const plan = readPlan(l2);
  if (plan === undefined) return;
  if (plan.stage === "collected") {
    finish(l2, root, () => undefined);
    return;
  }
  const directory = join(root, "journal");
  for (const segment of segmentNumbers(directory))
    if (segment >= plan.firstSegment) removeSegment(directory, segment);
  syncDirectory(directory);
  l2.write([planDelete()], { sync: true });
}

/** Everything behind the step that went over to the new segments. */
export function finish(l2: ObjectStore, root: string, onStep: (step: string) => void): FreedSpaces {
  const directory = join(root, "journal");
  const { firstSegment } = readPlan(l2)!;
  for (const segment of segmentNumbers(directory)) {
    if (segment >= firstSegment) continue;
    onStep("remove an old segment");
    removeSegment(directory, segment);
  }
  syncDirectory(directory);
  const table = new CommitTable();
  const journal = new JournalFollower(directory, FIRST_POSITION);
  try {
    checkJournal({
      directory,
      table,
      collected: true,
      onFinding: ({ where, problem }) => {
        throw damaged(`${where}: ${problem}`);
      },
      onRefMove: () => undefined,
      onCommit: () => undefined,
      onProgress: () => undefined,
    });
    const objects = sweep({ l2, journal, table, isKept: () => true, apply: true, onStep });
    onStep("forget the plan");
    l2.write([planDelete()], { sync: true });
    return objects;
  } finally {
    journal.close();
  }
}

function removeSegment(directory: string, segment: number): void {
  rmSync(join(directory, `${String(segment).padStart(8, "0")}.log`), { force: true });
}

/** File names are on stable storage only when their directory is. */
export function syncDirectory(directory: string): void {
  const fd = openSync(directory, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function damaged(problem: string): HeliosError {
  return new HeliosError(
    "STORE_CORRUPT",
    `the store is damaged and is not collected: ${problem}`,
    "`helios-cli verify` lists the damage; restore the store from a copy.",
  );
}
