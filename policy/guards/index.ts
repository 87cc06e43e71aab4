/** All guards, in the order of the report. A new guard is a file, a line here and a call to `guard.suite.ts`. */
import type { Guard } from "./guard.ts";
import { licences } from "./licences.ts";
import { userSpaceOnly } from "./user-space-only.ts";
import { vulnerabilities } from "./vulnerabilities.ts";

export const guards: readonly Guard[] = [licences, userSpaceOnly, vulnerabilities];
