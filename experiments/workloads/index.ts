/** All workloads, by hand. A new one is a file here, a line in this list, and a call to `workloadSuite`. */
import { HarnessError, type Workload } from "@helios/harness";
import { agentLoop } from "./agent-loop.ts";
import { edits } from "./edits.ts";
import { endgame } from "./endgame.ts";
import { exploration } from "./exploration.ts";
import { history } from "./history.ts";
import { invocations } from "./invocations.ts";

export const workloads: readonly Workload[] = [edits, agentLoop, endgame, exploration, history, invocations];

/** The workload of that name, or WORKLOAD_UNKNOWN. */
export function workloadNamed(id: string): Workload {
  const found = workloads.find((workload) => workload.id === id);
  if (found) return found;
  const known = workloads.map((workload) => workload.id).join(", ");
  throw new HarnessError("WORKLOAD_UNKNOWN", `There is no workload "${id}"`, `Known: ${known}.`);
}
