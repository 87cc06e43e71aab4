/**
 * The rules as they are explained in `policy/README.md`. Examples are those that `rules.test.ts` scans, so the page shows
 * nothing that does not hold.
 */
import type { RuleDoc } from "../rule-doc.ts";
import { rules, type Category, type Example, type Rule } from "./rules.ts";

/** Why a program should not need it, whatever the rule is in particular. */
const reasons: Readonly<Record<Category, string>> = {
  overlayfs: "It needs CAP_SYS_ADMIN, works on some kernels and file systems only, and outlives the program.",
  mount: "What is mounted belongs to the machine and outlives the program; changing it needs CAP_SYS_ADMIN.",
  cgroups: "Control groups belong to the service manager; a second writer breaks its accounting.",
  namespaces: "Namespaces need privileges or a kernel that gives them away, and many hosts forbid both.",
  capabilities: "A capability is held by everything that runs in the process, code of dependencies included.",
  "privileged-operations":
    "It changes or observes the machine, not the program, and needs privileges for it.",
  "raw-system-calls": "What a number means is known when it runs only.",
  suppressions: "A pardon that nobody needs hides what it may cover one day.",
  coverage: "What nobody has looked at is no evidence.",
};

/** Findings that no single file shows. */
const inWords: Readonly<Record<string, Pick<RuleDoc, "flagged" | "clean">>> = {
  "not-scanned": {
    flagged:
      "an exception for this rule that covers a Ruby file with `` `umount /mnt` `` in it: the gap is shown as this finding, pardoned",
    clean: "the same file without an exception: the result is `not-checked`, and the file is listed",
  },
};

function docOf(rule: Rule): RuleDoc {
  const words = inWords[rule.id];
  return {
    levels: [rule.level],
    why: `It ${rule.reason}. ${reasons[rule.category]}`,
    flagged: words?.flagged ?? rule.flagged.map(shown).join(", "),
    clean: words?.clean ?? rule.clean.map(shown).join(", "),
    fix: `${rule.fix.charAt(0).toUpperCase()}${rule.fix.slice(1)}.`,
  };
}

const languages: Readonly<Record<string, string>> = {
  c: "C",
  go: "Go",
  js: "JavaScript",
  py: "Python",
  service: "systemd",
  sh: "shell",
  tf: "Terraform",
};

/** Code on one line, lines of configuration joined by an arrow; then the language, or the file where its name decides. */
function shown({ path, code }: Example): string {
  const line = code.trim().replaceAll("\n", " ↵ ");
  const quoted = line.includes("`") ? `\`\`${line}\`\`` : `\`${line}\``;
  const language = path.startsWith("a.") ? languages[path.slice(2)] : undefined;
  return `${quoted} (${language ?? `\`${path}\``})`;
}

export const userSpaceRules: Readonly<Record<string, RuleDoc>> = Object.fromEntries(
  rules.map((rule) => [rule.id, docOf(rule)]),
);
