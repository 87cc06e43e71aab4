/** Everything that is fuzzed, by hand. To add one: a file `<name>.fuzz.ts` and a line here. */
import { formatFileTarget } from "./format-file.fuzz.ts";
import { ignoreFilesTarget } from "./ignore-files.fuzz.ts";
import { journalTarget } from "./journal.fuzz.ts";
import { nodeTarget } from "./node.fuzz.ts";
import { objectTarget } from "./object.fuzz.ts";
import { pathTarget } from "./path.fuzz.ts";
import { proofTarget } from "./proof.fuzz.ts";
import { recordTarget } from "./record.fuzz.ts";
import { refNameTarget } from "./ref-name.fuzz.ts";
import { selectorsTarget } from "./selectors.fuzz.ts";
import { statCacheTarget } from "./stat-cache.fuzz.ts";
import type { FuzzTarget } from "./target.fuzz.ts";

export const fuzzTargets: readonly FuzzTarget[] = [
  pathTarget,
  refNameTarget,
  selectorsTarget,
  ignoreFilesTarget,
  nodeTarget,
  recordTarget,
  journalTarget,
  objectTarget,
  formatFileTarget,
  proofTarget,
  statCacheTarget,
];
