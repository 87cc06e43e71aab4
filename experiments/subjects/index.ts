/** All subjects, by hand. A new one is a file here, a line in this list, and a call to `subjectSuite`. */
import { HarnessError, type Subject } from "@helios/harness";
import { command } from "./command.ts";
import { directoryCopy } from "./directory-copy.ts";
import { gitFastImport } from "./git-fast-import.ts";
import { git } from "./git.ts";
import { helios } from "./helios.ts";
import { isomorphicGit } from "./isomorphic-git.ts";
import { lmdb } from "./lmdb.ts";
import { postgres } from "./postgres.ts";
import { redis } from "./redis.ts";
import { sqlite } from "./sqlite.ts";

export const subjects: readonly Subject[] = [
  helios,
  git,
  sqlite,
  redis,
  postgres,
  lmdb,
  gitFastImport,
  isomorphicGit,
  directoryCopy,
  command,
];

/** The subject of that name, or SUBJECT_UNKNOWN. */
export function subjectNamed(id: string): Subject {
  const found = subjects.find((subject) => subject.id === id);
  if (found) return found;
  const known = subjects.map((subject) => subject.id).join(", ");
  throw new HarnessError("SUBJECT_UNKNOWN", `There is no subject "${id}"`, `Known: ${known}.`);
}
