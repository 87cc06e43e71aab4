/** All gates, in the order of the report. A new gate is a file, a line here and a call to `gate.suite.ts`. */
import type { Gate } from "../gate.ts";
import { commitP95 } from "./commit-p95.ts";
import { community } from "./community.ts";
import { coverage } from "./coverage.ts";
import { ioReduction } from "./io-reduction.ts";
import { licences } from "./licences.ts";
import { successScore } from "./success-score.ts";
import { userSpaceOnly } from "./user-space-only.ts";
import { vulnerabilities } from "./vulnerabilities.ts";

export const gates: readonly Gate[] = [
  commitP95,
  ioReduction,
  coverage,
  licences,
  userSpaceOnly,
  vulnerabilities,
  successScore,
  community,
];
