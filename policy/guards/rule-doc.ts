/**
 * How a rule of a guard is explained, and its section of `policy/README.md`: why it is, what it flags and what not, what
 * to do. Kept as data beside the guard, so that a finding without an explanation does not compile, and the README is
 * written from it (`UPDATE_GOLDEN=1 node --test policy/guards/rule-doc.test.ts`).
 */
import type { FindingLevel } from "./guard.ts";

export interface RuleDoc {
  /** Levels it may have, most severe first. */
  readonly levels: readonly FindingLevel[];
  readonly why: string;
  /** What is flagged: code or data as it stands in a project, or a few words. */
  readonly flagged: string;
  /** What looks like it and is not flagged. */
  readonly clean: string;
  readonly fix: string;
}

/** Rules that every guard has, about its exceptions. */
export const exceptionRules = {
  "exception-expired": {
    levels: ["error"],
    why: "A pardon is a decision for a time: past its day nobody has said that it is still right.",
    flagged: "`expires: 2026-06-14`, the day after",
    clean: "`expires: 2026-06-14` on that day",
    fix: "Decide again with a new date, or remove the exception.",
  },
  "exception-unused": {
    levels: ["error"],
    why: "A pardon that covers nothing hides what it may cover one day.",
    flagged: "an exception, or one file of it, without a finding that it covers",
    clean: "one for a package that is locked for another platform",
    fix: "Remove it, or the file of it that is named.",
  },
} as const satisfies Readonly<Record<string, RuleDoc>>;

/** One section per rule, in the order of the list. */
export function ruleSections(guard: string, rules: Readonly<Record<string, RuleDoc>>): string {
  return Object.entries(rules)
    .map(([name, { levels, why, flagged, clean, fix }]) =>
      [
        `#### \`${guard}/${name}\``,
        "",
        `Level: ${levels.join(" or ")}. ${why}`,
        "",
        `- Flagged: ${flagged}`,
        `- Not flagged: ${clean}`,
        `- Fix: ${fix}`,
        "",
      ].join("\n"),
    )
    .join("\n");
}
