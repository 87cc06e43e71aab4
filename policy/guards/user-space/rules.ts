/**
 * The forbidden kernel mechanisms, as data: a mechanism is a row in `rules/`, with what it is called in every world in
 * which it can be reached (C library and system call, shell command, capability, configuration). The front ends find
 * out WHO is called; these tables alone decide WHETHER that is forbidden, and how bad it is.
 *
 * Levels: `error` fails. `warning` is indirection (a tool that does it for us, sharing a host namespace) and needs
 * a person. `note` is worth knowing: reading /proc/mounts, FUSE, an import of `syscall`.
 *
 * Names here are data, not calls: the guard reads these files like any other and finds nothing in them.
 */
import type { RuleDescription } from "../guard.ts";
import { capabilityRules } from "./rules/capabilities.ts";
import { cgroupRules } from "./rules/cgroups.ts";
import { mountRules, overlayfsRules } from "./rules/mounts.ts";
import { namespaceRules } from "./rules/namespaces.ts";
import { numbersOf, type Architecture } from "./rules/numbers.ts";
import { privilegedRules } from "./rules/privileged.ts";
import type { ForbiddenCall, ForbiddenCommand, Rule } from "./rules/rule.ts";
import { suppressionRules } from "./rules/suppressions.ts";
import { asksForNamespace } from "./rules/targets.ts";

export type { Category, Example, ForbiddenCall, Rule } from "./rules/rule.ts";

/** In order: for a command that fits several rows, the first one names it (`mount -t overlay` is overlayfs). */
export const rules: readonly Rule[] = [
  ...overlayfsRules,
  ...cgroupRules,
  ...mountRules,
  ...namespaceRules,
  ...capabilityRules,
  ...privilegedRules,
  ...suppressionRules,
];

/** For reports: what each rule is about, under the id findings carry. */
export function describeRules(guardId: string): readonly RuleDescription[] {
  return rules.map(({ id, level, category, reason, fix, securitySeverity }) => ({
    id: `${guardId}/${id}`,
    level,
    category,
    title: `${category}: ${id}`,
    why: reason,
    fix,
    securitySeverity,
  }));
}

const byId = new Map(rules.map((rule) => [rule.id, rule]));

/** @throws if no row has this id: a front end named a rule that does not exist. */
export function ruleById(id: string): Rule {
  const rule = byId.get(id);
  if (rule === undefined) throw new Error(`no rule called ${id} in rules.ts`);
  return rule;
}

export interface CallRow extends ForbiddenCall {
  readonly rule: Rule;
}

const callRows: readonly CallRow[] = rules.flatMap((rule) =>
  (rule.calls ?? []).map((call) => ({ ...call, rule })),
);
const callsByName = new Map(callRows.map((row) => [row.name, row]));
const callsByNumber = new Map(
  callRows.flatMap((row) => (row.number === undefined ? [] : [[row.number, row] as const])),
);

/** From here on a system call has the same number everywhere. */
const firstCommonNumber = 424;

export function callNamed(name: string): CallRow | undefined {
  return callsByName.get(name);
}

/** `272` is unshare on x86-64 and something else elsewhere: where the text says for which machine it is, that counts. */
export function callNumbered(number: number, architecture: Architecture = "x86-64"): CallRow | undefined {
  if (architecture === "x86-64" || number >= firstCommonNumber) return callsByNumber.get(number);
  const name = Object.entries(numbersOf[architecture]).find(([, each]) => each === number)?.[0];
  return name === undefined ? undefined : callsByName.get(name);
}

/** What the dynamic proof asks the kernel about. */
export const systemCallNames: readonly string[] = callRows
  .filter((row) => row.number !== undefined)
  .map((row) => row.name);

/**
 * Whether a call with these arguments is the forbidden one; `argumentText` is the source of all arguments, `flags` that of
 * the one with the flags. Flags that are plain numbers are decided by their bits.
 */
export function callApplies(row: ForbiddenCall, argumentText: string, flags = ""): boolean {
  if (row.name === "unshare" || row.name === "clone" || row.name === "__clone") {
    const number = numberOf(flags);
    if (number !== undefined) return asksForNamespace(number, row.name !== "unshare");
  }
  if (row.onlyWith !== undefined && !row.onlyWith.test(argumentText)) return false;
  return row.notWith === undefined || !row.notWith.test(argumentText);
}

/** `0x10000000 | 17`: numbers joined by `|`; undefined for anything else. */
function numberOf(source: string): number | undefined {
  const terms = source.replace(/[()\s]/g, "").split("|");
  if (!terms.every((term) => /^(?:0[xX][\da-fA-F]+|\d+)[uUlL]*$/.test(term))) return undefined;
  return terms.map((term) => Number.parseInt(term)).reduce((all, each) => all | each, 0) >>> 0;
}

export interface CommandRow extends ForbiddenCommand {
  readonly rule: Rule;
}

const commandRows = new Map<string, CommandRow[]>();
for (const rule of rules) {
  for (const command of rule.commands ?? []) {
    for (const name of command.names) {
      const rows = commandRows.get(name) ?? [];
      rows.push({ ...command, rule });
      commandRows.set(name, rows);
    }
  }
}

/** Whether any rule is about a program of this name. */
export function isCommandName(name: string): boolean {
  return commandRows.has(name);
}

/** The row a command line falls under, the first in table order. `moreArgumentsCome`: `xargs umount` gets its operand later. */
export function commandRule(
  name: string,
  argumentsText: readonly string[],
  moreArgumentsCome = false,
): Rule | undefined {
  const joined = argumentsText.join(" ");
  const hasArguments = argumentsText.length > 0 || moreArgumentsCome;
  return commandRows.get(name)?.find((row) => {
    if (row.needsArguments === true && !hasArguments) return false;
    if (row.withoutArguments === true && hasArguments) return false;
    if (row.onlyWith !== undefined && !row.onlyWith.test(joined)) return false;
    return (
      row.notWith === undefined ||
      (argumentsText.length === 0 && moreArgumentsCome) ||
      !row.notWith.test(joined)
    );
  })?.rule;
}
