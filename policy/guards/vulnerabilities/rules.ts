/** The rules of the vulnerability guard, each with its explanation. A finding can only be of a rule in this list. */
import type { RuleDoc } from "../rule-doc.ts";

const rated = {
  why: "Known, and not bad enough to fail or to be decided.",
  clean: "the same in a development dependency: that is `vulnerabilities/development`",
  fix: "Update when it is due.",
} as const;

export const vulnerabilityRules = {
  critical: {
    levels: ["error"],
    why: "A critical advisory for a production dependency: this is the gate. Malicious packages (`MAL-...`) are critical.",
    flagged: "`minimist@0.0.8: critical: Prototype Pollution`",
    clean: "the same for a development dependency, or withdrawn",
    fix: "Update or replace the package. Where it cannot be reached, record an exception with the reason.",
  },
  high: {
    levels: ["warning"],
    why: "Shown beside the gate: a person should see it.",
    flagged: "`b@2.0.0: high: ...`",
    clean: "the same in a development dependency",
    fix: "Update the package.",
  },
  moderate: { levels: ["note"], flagged: "`b@2.0.0: moderate: ...`", ...rated },
  low: { levels: ["note"], flagged: "`b@2.0.0: low: ...`", ...rated },
  info: { levels: ["note"], flagged: "`b@2.0.0: info: ...`", ...rated },
  unrated: {
    levels: ["warning"],
    why: "Nobody said how bad it is, so it may be critical: the guard is then not checked.",
    flagged: "an OSV record without a severity, a vector or a score",
    clean: "one with any of them",
    fix: "Rate it yourself and record an exception, or update the package.",
  },
  development: {
    levels: ["note"],
    why: "An advisory that concerns development dependencies only.",
    flagged: "a critical advisory for a test runner",
    clean: "the same package where production needs it, too",
    fix: "Update when it is due; it runs on your machines.",
  },
  "no-advisory-source": {
    levels: ["note"],
    why: "Registries publish advisories for packages, not for what is linked into their binaries.",
    flagged: "`components: [zstd]` in an exception",
    clean: "a package with an advisory source of its own",
    fix: "Watch the projects of the components.",
  },
} as const satisfies Readonly<Record<string, RuleDoc>>;

export type VulnerabilityRule = keyof typeof vulnerabilityRules;
