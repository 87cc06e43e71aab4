/** Flags of the licence audit that more than one command takes, and flags whose value may be left out. */
import * as Flags from "@oclif/core/flags";

export const licenceFlags = {
  policy: Flags.string({
    description: "licence policy file (YAML); default: the built-in table",
    helpValue: "FILE",
  }),
};

/** A value that stands for standard output, as programs have it. */
export const standardOutput = "-";

/**
 * `--notice` alone means `--notice -`: oclif knows no flag with an optional value. What follows and is no flag is the
 * value, so a path to audit stands before such a flag, or after `--`.
 */
export function withOptionalValues(argv: readonly string[], names: readonly string[]): string[] {
  return argv.flatMap((word, at) => {
    const next = argv[at + 1];
    const alone = next === undefined || (next.startsWith("-") && next !== standardOutput);
    return names.includes(word.replace(/^--/, "")) && word.startsWith("--") && alone
      ? [word, standardOutput]
      : [word];
  });
}
