/**
 * The contract of an environment check: one look at the machine, one of three answers.
 *
 * `problem` means that Helios will not work, or would break a promise, as things are. `warning` means that it works
 * and something is slower, smaller or less safe than a user may think, or that a part of the project (the validation,
 * say) cannot run here. Whoever is not `ok` must say what to do. A check that fails itself is a warning: not looked at
 * is never reported as in order.
 */
import type { Machine } from "./machine.ts";

/** Figures behind an answer, units at the end of names; for `--json`. */
export type Facts = Readonly<Record<string, number | string | boolean | null>>;

export type CheckResult =
  | { readonly status: "ok"; readonly found: string; readonly facts?: Facts }
  | {
      readonly status: "warning" | "problem";
      readonly found: string;
      readonly remedy: string;
      readonly facts?: Facts;
    };

/** What the checks are about: the store a command started here would use. */
export interface Place {
  readonly root: string;
  /** Whether a directory is at `root`; without one, checks of the disk look at the nearest directory above. */
  readonly exists: boolean;
}

export interface Check {
  /** Stable: scripts select by it. */
  readonly id: string;
  readonly title: string;
  run(machine: Machine, place: Place): Promise<CheckResult> | CheckResult;
}

export function ok(found: string, facts?: Facts): CheckResult {
  return { status: "ok", found, ...(facts && { facts }) };
}

export function warning(found: string, remedy: string, facts?: Facts): CheckResult {
  return { status: "warning", found, remedy, ...(facts && { facts }) };
}

export function problem(found: string, remedy: string, facts?: Facts): CheckResult {
  return { status: "problem", found, remedy, ...(facts && { facts }) };
}
