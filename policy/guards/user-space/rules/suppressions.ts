/** About the check itself: pardons in source that pardon nothing, and what could not be looked at. */
import { shell, type Rule } from "./rule.ts";

export const suppressionRules: readonly Rule[] = [
  {
    id: "suppression-unused",
    category: "suppressions",
    level: "error",
    securitySeverity: "7.0",
    reason: "covers nothing (any more): it would pardon what somebody writes there next",
    fix: "remove the comment",
    flagged: [shell("ls # helios-allow: mount-call -- there was a mount here")],
    clean: [shell("umount /x # helios-allow: mount-call -- gives the test disk back")],
  },
  {
    id: "not-scanned",
    category: "coverage",
    level: "warning",
    securitySeverity: "3.0",
    reason: "could not be looked at, and holds words that a finding could be made of",
    fix: "make it readable, or look at it yourself and record that as an exception for this rule",
    flagged: [],
    clean: [],
  },
];
