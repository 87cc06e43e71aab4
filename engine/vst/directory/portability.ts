/**
 * Names that are stored as they are and that another system could not hold, or not hold apart: told when they come in,
 * which is when somebody can still choose another.
 */
import { foldName, windowsObjection } from "../output/output-names.ts";
import type { StatCache } from "./stat-cache.ts";
import { join, type Visit, type WalkResult } from "./tree-walk.ts";

export interface NameNote {
  readonly path: string;
  readonly note: string;
}

/** More than this nobody reads. */
const NOTES_MAX = 1000;

/** About names that the cache did not have. Cost: about 0.5 us for each name beside a new one. */
export function notesOnNames({ visits, records }: WalkResult): NameNote[] {
  const notes: NameNote[] = [];
  for (const visit of visits) {
    if (visit.listing === undefined) continue;
    const fresh = freshNames(visit, visits, (record) => records.knownOf(record) < 0);
    if (fresh.size > 0) noteOn(visit.path, fresh, allNames(visit, visits), notes);
    if (notes.length >= NOTES_MAX) break;
  }
  return notes.slice(0, NOTES_MAX);
}

/** About all names of a cache, where all of them are new. */
export function notesOnCache(cache: StatCache): NameNote[] {
  const notes: NameNote[] = [];
  const { firstFile, firstDirectory } = cache.directories;
  for (let directory = 0; directory < cache.directoryCount && notes.length < NOTES_MAX; directory++) {
    const names: string[] = [];
    for (let file = firstFile[directory]!; file < firstFile[directory + 1]!; file++)
      if (cache.isStored(file)) names.push(cache.fileName(file));
    for (let inside = firstDirectory[directory]!; inside < firstDirectory[directory + 1]!; inside++)
      names.push(lastNameOf(cache.directoryPath(inside)));
    noteOn(cache.directoryPath(directory), new Set(names), names, notes);
  }
  return notes.slice(0, NOTES_MAX);
}

function noteOn(path: string, fresh: ReadonlySet<string>, all: readonly string[], notes: NameNote[]): void {
  const seen = new Map<string, string>();
  for (const name of all) {
    const folded = foldName(name);
    const other = seen.get(folded);
    if (other === undefined) seen.set(folded, name);
    else if (fresh.has(name) || fresh.has(other))
      notes.push({
        path: join(path, name),
        note: `some systems take its name and ${JSON.stringify(other)} for one`,
      });
  }
  for (const name of fresh) {
    const objection = windowsObjection(name);
    if (objection !== undefined)
      notes.push({ path: join(path, name), note: `Windows cannot hold it: ${objection}` });
  }
}

/** Of files that are stored, and of directories. */
function freshNames(
  visit: Visit,
  visits: readonly Visit[],
  isFresh: (record: number) => boolean,
): ReadonlySet<string> {
  const fresh = new Set<string>();
  const { names, files } = visit.listing!;
  for (const [i, ref] of files.entries()) if (ref < 0 && isFresh(-1 - ref)) fresh.add(names[i]!);
  for (const inside of insideOf(visit, visits)) if (inside.known < 0) fresh.add(lastNameOf(inside.path));
  return fresh;
}

function allNames(visit: Visit, visits: readonly Visit[]): string[] {
  return [...visit.listing!.names, ...insideOf(visit, visits).map(({ path }) => lastNameOf(path))];
}

function insideOf({ firstInside, insideCount }: Visit, visits: readonly Visit[]): readonly Visit[] {
  return insideCount === 0 ? [] : visits.slice(firstInside, firstInside + insideCount);
}

function lastNameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
