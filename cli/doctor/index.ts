/**
 * The checks of `helios-cli doctor`, by hand and in the order they are shown. To add one: a file here that exports a
 * `Check`, a line in this list, and its refusals in `doctor.test.ts`.
 */
import { lmdbCheck, rocksdbCheck } from "./backends.ts";
import { type Check, type CheckResult, type Place, warning } from "./check.ts";
import { clockCheck } from "./clock.ts";
import { diskSpaceCheck } from "./disk-space.ts";
import { diskSpeedCheck } from "./disk-speed.ts";
import { fileSystemCheck } from "./file-system.ts";
import { leftoversCheck } from "./leftovers.ts";
import { locationCheck } from "./location.ts";
import { lockCheck } from "./lock.ts";
import type { Machine } from "./machine.ts";
import { memoryCheck } from "./memory.ts";
import { nodeVersionCheck } from "./node-version.ts";
import { processIoCheck } from "./process-io.ts";
import { processorsCheck } from "./processors.ts";
import { gitCheck, straceCheck } from "./programs.ts";

export const checks: readonly Check[] = [
  nodeVersionCheck,
  rocksdbCheck,
  lmdbCheck,
  locationCheck,
  lockCheck,
  leftoversCheck,
  fileSystemCheck,
  diskSpaceCheck,
  diskSpeedCheck,
  memoryCheck,
  processorsCheck,
  clockCheck,
  processIoCheck,
  gitCheck,
  straceCheck,
];

export type Answer = CheckResult & { readonly id: string; readonly title: string };

/** One after another: a check that times the disk must not compete with one that loads native code. */
export async function runChecks(
  machine: Machine,
  place: Place,
  selected: readonly Check[] = checks,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const check of selected)
    answers.push({ id: check.id, title: check.title, ...(await answerOf(check, machine, place)) });
  return answers;
}

async function answerOf(check: Check, machine: Machine, place: Place): Promise<CheckResult> {
  try {
    return await check.run(machine, place);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return warning(`could not be checked: ${reason}`, "look at it by hand");
  }
}
