/** All plans, by hand. */
import { HarnessError, type Plan } from "@helios/harness";
import { phase0Quick } from "./phase0-quick.ts";
import { phase0 } from "./phase0.ts";

export { phase0, phase0Quick };

export const plans: readonly Plan[] = [phase0, phase0Quick];

/** The plan of that id, or PLAN_INVALID. */
export function planNamed(id: string): Plan {
  const found = plans.find((plan) => plan.id === id);
  if (found) return found;
  const known = plans.map((plan) => plan.id).join(", ");
  throw new HarnessError("PLAN_INVALID", `There is no plan "${id}"`, `Known: ${known}.`);
}
